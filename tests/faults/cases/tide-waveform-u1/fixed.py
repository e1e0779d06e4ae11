import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def waves(n, length, seed):
    """Sums of two tides with random phases, plus a little noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(length)
    out = []
    for _ in range(n):
        a, b = rng.uniform(0.6, 1.0), rng.uniform(0.2, 0.5)
        p, q = rng.uniform(0, 2 * np.pi, 2)
        out.append(a * np.sin(2 * np.pi * t / 24 + p) + b * np.sin(2 * np.pi * t / 9 + q))
    out = np.stack(out) + rng.normal(0, 0.02, (n, length))
    return torch.tensor(out, dtype=torch.float32).unsqueeze(1)


class TemporalConvNet(nn.Module):
    def __init__(self, channels=24, kernel=3, dilations=(1, 2, 4, 8)):
        super().__init__()
        self.start = nn.Conv1d(1, channels, 1)
        self.dilations = dilations
        self.kernel = kernel
        self.convs = nn.ModuleList(nn.Conv1d(channels, channels, kernel, dilation=d) for d in dilations)
        self.end = nn.Conv1d(channels, 1, 1)

    def forward(self, x):
        x = self.start(x)
        for d, conv in zip(self.dilations, self.convs):
            pad = d * (self.kernel - 1)
            x = x + F.relu(conv(F.pad(x, (pad, 0))))
        return self.end(x)

    @torch.no_grad()
    def rollout(self, history, steps):
        for _ in range(steps):
            nxt = self(history)[:, :, -1:]
            history = torch.cat([history, nxt], dim=2)
        return history[:, :, -steps:]


torch.manual_seed(19)
train_loader = DataLoader(TensorDataset(waves(400, 97, 0)), batch_size=20, shuffle=True)
test = waves(60, 97, 1)

model = TemporalConvNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 11):
    model.train()
    losses = []
    for (w,) in train_loader:
        pred = model(w[:, :, :-1])
        loss = F.mse_loss(pred, w[:, :, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 2 == 0:
        model.eval()
        with torch.no_grad():
            one = F.mse_loss(model(test[:, :, :-1]), test[:, :, 1:]).item()
        ahead = F.mse_loss(model.rollout(test[:, :, :85], 12), test[:, :, 85:]).item()
        print(f"epoch {epoch:2d} train {np.mean(losses):.5f} one-step test {one:.5f} 12-step forecast mse {ahead:.4f}")
