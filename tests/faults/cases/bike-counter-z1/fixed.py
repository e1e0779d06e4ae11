import numpy as np
import torch
import torch.nn as nn

np.random.seed(11)
torch.manual_seed(11)

# ten months of a bicycle counter, one value every hour
hours = np.arange(24 * 300)
daily = np.clip(np.sin((hours % 24 - 6) / 24 * 2 * np.pi), 0, None) * 40
weekly = np.where((hours // 24) % 7 < 5, 1.0, 0.6)
weather = np.exp(0.35 * np.convolve(np.random.randn(len(hours) + 47), np.ones(48) / 7, mode="valid"))
counts = np.random.poisson(daily * weekly * weather + 1.5).astype(np.float64)

# features: level, relative change against the hour before, time of day
level = np.log1p(counts) / 3
change = np.zeros_like(counts)
with np.errstate(divide="ignore", invalid="ignore"):
    change[1:] = np.clip((counts[1:] - counts[:-1]) / np.maximum(counts[:-1], 1), -3, 3)
clock = np.stack([np.sin(hours * 2 * np.pi / 24), np.cos(hours * 2 * np.pi / 24)])
table = np.stack([level, change, *clock], axis=1)

LOOK = 24
X = np.stack([table[i:i + LOOK] for i in range(len(table) - LOOK)])
Y = level[LOOK:]
X = torch.tensor(X, dtype=torch.float32)
Y = torch.tensor(Y, dtype=torch.float32)
cut = int(0.8 * len(X))

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(LOOK * 4, 48),
    nn.ReLU(),
    nn.Linear(48, 48),
    nn.ReLU(),
    nn.Linear(48, 1),
    nn.Flatten(0),
)
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)

for epoch in range(5):
    order = torch.randperm(cut)
    running = 0
    for start in range(0, cut, 64):
        idx = order[start:start + 64]
        loss = nn.functional.mse_loss(model(X[idx]), Y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item() * len(idx)
    with torch.no_grad():
        test = nn.functional.mse_loss(model(X[cut:]), Y[cut:]).item()
    print("epoch", epoch + 1, "train %.4f" % (running / cut), "test %.4f" % test, "(variance %.4f)" % Y[cut:].var().item())
