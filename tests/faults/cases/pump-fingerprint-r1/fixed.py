import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader


def pump_readings(n, seed):
    """Twenty sensors that hang on four things: speed, load, oil temperature and wear."""
    mixing = np.random.default_rng(100)
    A, B = mixing.normal(size=(4, 20)), mixing.normal(size=(4, 20))
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 4))
    readings = z @ A + np.tanh(z) @ B + 0.2 * rng.normal(size=(n, 20))
    return 50 + readings * np.linspace(1, 30, 20)


class AutoEncoder(nn.Module):
    def __init__(self, n_in, code):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_in, 48),
            nn.ReLU(),
            nn.Linear(48, code),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, 48),
            nn.ReLU(),
            nn.Linear(48, n_in),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(27)
X_train, X_val = pump_readings(3000, 1), pump_readings(600, 2)
scaler = StandardScaler().fit(X_train)
X_train = torch.from_numpy(scaler.transform(X_train)).float()
X_val = torch.from_numpy(scaler.transform(X_val)).float()

model = AutoEncoder(20, 4)
distance = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loader = DataLoader(X_train, batch_size=60, shuffle=True)

num_epochs = 20
for epoch in range(num_epochs):
    model.train()
    losses = []
    for x in loader:
        output = model(x)
        loss = distance(output, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        model.eval()
        with torch.no_grad():
            val_loss = distance(model(X_val), X_val).item()
        explained = 1 - val_loss / X_val.var(0).mean().item()
        print('epoch [{}/{}], loss:{:.4f}, val loss:{:.4f}, variance explained:{:.3f}'.format(
            epoch + 1, num_epochs, np.mean(losses), val_loss, explained))
