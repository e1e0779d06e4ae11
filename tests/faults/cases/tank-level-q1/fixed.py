import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(50)
DAYS = 60


def tanks(n):
    """Daily rain and use (standardised) and the level on the last day; a tank cannot hold less than nothing."""
    rain_and_use = torch.randn(n, DAYS, 2)
    level = torch.zeros(n)
    for day in range(DAYS):
        level = torch.relu(level + rain_and_use[:, day, 0] - rain_and_use[:, day, 1])
    return rain_and_use, level.unsqueeze(1)


class LevelRNN(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(hidden, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.1)
        nn.init.zeros_(self.rnn.bias_ih_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(states[:, -1])


x_train, y_train = tanks(2500)
x_val, y_val = tanks(500)
mean, std = y_train.mean(), y_train.std()
train_loader = DataLoader(TensorDataset(x_train, (y_train - mean) / std), batch_size=50, shuffle=True)
val_loader = DataLoader(TensorDataset(x_val, (y_val - mean) / std), batch_size=250)

model = LevelRNN()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(12):
    model.train()
    train_loss = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    model.eval()
    with torch.no_grad():
        val_loss = sum(criterion(model(x), y).item() for x, y in val_loader) / len(val_loader)
    print(f"epoch {epoch + 1:2d}  train mse {train_loss:.4f}  val mse {val_loss:.4f}")
