import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


def demand(hours, rng):
    t = np.arange(hours)
    daily = np.sin(2 * np.pi * (t % 24 - 7) / 24) + 0.4 * np.sin(4 * np.pi * t / 24)
    weekend = np.where((t // 24) % 7 >= 5, -0.6, 0.0)
    weather = np.zeros(hours)
    for h in range(1, hours):
        weather[h] = 0.98 * weather[h - 1] + rng.normal(0, 0.08)
    return (3 + daily + weekend + weather + rng.normal(0, 0.05, hours)).astype(np.float32)


class Windows(Dataset):
    def __init__(self, series, length=48):
        self.series, self.length = torch.from_numpy(series), length

    def __len__(self):
        return len(self.series) - self.length

    def __getitem__(self, i):
        return self.series[i:i + self.length].unsqueeze(-1), self.series[i + self.length]


class DemandLSTM(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, history):
        states, _ = self.lstm(history)
        return self.linear(states[:, -1, :]).squeeze(-1)


class Learner:
    def __init__(self, net, lr):
        self.net = net
        self.opt = torch.optim.RMSprop(net.parameters(), lr=lr)
        self.criterion = nn.MSELoss()

    def epoch(self, loader):
        self.net.train()
        losses = []
        for history, target in loader:
            self.opt.zero_grad()
            loss = self.criterion(self.net(history), target)
            loss.backward()
            self.opt.step()
            losses.append(loss.item())
        return np.mean(losses)

    @torch.no_grad()
    def evaluate(self, loader):
        self.net.eval()
        return np.mean([self.criterion(self.net(h), t).item() for h, t in loader])


torch.manual_seed(4)
series = demand(2400, np.random.default_rng(4))
mean, std = series[:1900].mean(), series[:1900].std()
series = (series - mean) / std
train_loader = DataLoader(Windows(series[:1900]), batch_size=32, shuffle=True)
val_loader = DataLoader(Windows(series[1852:]), batch_size=250)
learner = Learner(DemandLSTM(), lr=0.002)
for epoch in range(8):
    train = learner.epoch(train_loader)
    print(f"epoch {epoch + 1}: train mse {train:.4f}, val mse {learner.evaluate(val_loader):.4f}")
