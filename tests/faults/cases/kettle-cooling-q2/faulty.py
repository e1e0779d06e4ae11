import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

# 20 readings of a cooling kettle that is refilled now and then; the 21st is to be forecast
n, steps = 1500, 21
rate = 0.05 + 0.15 * torch.rand(n, 1)
room = -1.0 + 0.3 * torch.randn(n, 1)
temp = 1.5 + 0.3 * torch.randn(n, 1)
readings = [temp]
for _ in range(steps - 1):
    temp = temp + rate * (room - temp)
    readings.append(temp)
series = torch.cat(readings, dim=1) + 0.02 * torch.randn(n, steps)
series = (series - series[:1200].mean()) / series[:1200].std()

x, y = series[:, :-1].unsqueeze(-1), series[:, -1:]
train_dl = DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=32, shuffle=True)
val_dl = DataLoader(TensorDataset(x[1200:], y[1200:]), batch_size=100)


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 32, batch_first=True)
        self.linear = nn.Linear(32, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


model = Forecaster()
loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)


def train_epoch():
    model.train()
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = loss_function(model(xb), yb)
        loss.backward()
        optimizer.step()


def validate():
    model.eval()
    outputs, targets = [], []
    for xb, yb in val_dl:
        outputs.append(model(xb))
        targets.append(yb)
    return loss_function(torch.cat(outputs), torch.cat(targets))


for epoch in range(20):
    train_epoch()
    val_loss = validate()
    print("Epoch", epoch + 1, "validation loss:", val_loss)
