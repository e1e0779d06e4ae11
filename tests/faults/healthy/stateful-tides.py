import math

import torch
from torch import nn

torch.manual_seed(18)
t = torch.arange(4001, dtype=torch.float32)
level = torch.sin(2 * math.pi * t / 12.4) + 0.4 * torch.sin(2 * math.pi * t / 24.8 + 1) + 0.05 * torch.randn(4001)
level = level / level[:3201].std()
STREAMS, CHUNK = 4, 40


def streams(series):
    n = (len(series) - 1) // STREAMS // CHUNK * CHUNK
    x = torch.stack([series[i * n:(i + 1) * n] for i in range(STREAMS)])
    y = torch.stack([series[i * n + 1:(i + 1) * n + 1] for i in range(STREAMS)])
    return x.unsqueeze(-1).split(CHUNK, 1), y.unsqueeze(-1).split(CHUNK, 1)


class Tide(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(1, 24, batch_first=True), nn.Linear(24, 1)

    def forward(self, x, state):
        h, state = self.lstm(x, state)
        return self.out(h), state


def run(model, xs, ys, optimizer=None):
    state, total = None, 0.0
    for x, y in zip(xs, ys):
        if state is not None:
            state = tuple(s.detach() for s in state)
        out, state = model(x, state)
        loss = nn.functional.mse_loss(out, y)
        if optimizer:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(xs)


model = Tide()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
train, val = streams(level[:3201]), streams(level[3201:])
for epoch in range(1, 31):
    model.train()
    train_mse = run(model, *train, optimizer)
    if epoch % 6 == 0:
        model.eval()
        with torch.no_grad():
            print(f"epoch {epoch}: train mse {train_mse:.4f} val mse {run(model, *val):.4f}")
