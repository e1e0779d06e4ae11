import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
rng = np.random.default_rng(1)

# four years of daily passengers on the island line
days = np.arange(4 * 365)
season = 2600 * np.sin(2 * np.pi * (days - 100) / 365)
week = np.array([-600, -900, -850, -300, 700, 1500, 450])[days % 7]
weather = np.zeros(len(days))
for t in days[1:]:
    weather[t] = 0.7 * weather[t - 1] + rng.normal(0, 220)
series = (6200 + season + week + weather).astype("float32")

n_train = 3 * 365
LOOKBACK = 28
series = (series - series[:n_train].mean()) / series[:n_train].std()


def make_windows(s):
    xs = np.stack([s[i:i + LOOKBACK] for i in range(len(s) - LOOKBACK)])
    ys = s[LOOKBACK:]
    return torch.from_numpy(xs).unsqueeze(-1), torch.from_numpy(ys).unsqueeze(-1)


x_train, y_train = make_windows(series[:n_train])
x_test, y_test = make_windows(series[n_train:])
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)


class PassengerLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=1, hidden_size=32, batch_first=True)
        self.linear = nn.Linear(32, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


model = PassengerLSTM()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loss_fn = nn.MSELoss()

for epoch in range(1, 26):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(x)
    model.eval()
    with torch.no_grad():
        mse = loss_fn(model(x_test), y_test)
        r2 = 1 - mse / y_test.var(unbiased=False)
    print(f"Epoch {epoch:2d}  train MSE {running / len(x_train):.3f}  test MSE {mse.item():.3f}  test R2 {r2.item():.3f}")
