import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

params = {
    "hidden": [64, 64],
    "dropout": 0.1,
    "learning_rate": 2e-3,
    "batch_size": 64,
    "epochs": 20,
}


def control_loops(n, seed):
    rng = np.random.default_rng(seed)
    settings = rng.uniform(-1.7, 1.7, size=(n, 16)).astype(np.float32)
    gain = 1.0 + 0.8 * settings[:, 0]
    value = gain * settings[:, 1] + 1.2 * settings[:, 2] - 0.7 * settings[:, 3] + 0.6 * np.abs(settings[:, 4])
    value = value + 0.15 * rng.normal(size=n)
    value = (value - value.mean()) / value.std()
    return TensorDataset(torch.tensor(settings), torch.tensor(value, dtype=torch.float32).unsqueeze(1))


class DenseBlock(nn.Module):
    def __init__(self, n_in, n_out, dropout):
        super().__init__()
        self.fc = nn.Linear(n_in, n_out)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        return self.drop(torch.relu(self.fc(x)))


def build(n_in, hidden, dropout):
    sizes = [n_in] + hidden
    blocks = [DenseBlock(a, b, dropout) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], 1))


torch.manual_seed(90)
train_set, test_set = random_split(control_loops(4000, 90), [3200, 800])
train_loader = DataLoader(train_set, batch_size=params["batch_size"], shuffle=True)
test_loader = DataLoader(test_set, batch_size=800)
net = build(16, params["hidden"], params["dropout"])
optimizer = torch.optim.Adam(net.parameters(), lr=params["learning_rate"])
mse = nn.MSELoss()

for epoch in range(1, params["epochs"] + 1):
    net.train()
    train_mse = 0.0
    for settings, value in train_loader:
        optimizer.zero_grad()
        loss = mse(net(settings), value)
        loss.backward()
        optimizer.step()
        train_mse += loss.item() / len(train_loader)
    net.eval()
    with torch.no_grad():
        settings, value = next(iter(test_loader))
        test_mse = mse(net(settings), value).item()
    if epoch % 4 == 0:
        print(f"epoch {epoch} train mse {train_mse:.4f} test mse {test_mse:.4f} test R2 {1 - test_mse / value.var().item():.3f}")
