import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(1)
torch.manual_seed(1)
raw = rng.normal(size=(3000, 8)).astype(np.float32)
wear = raw[:, 0] * raw[:, 1] + np.sin(2 * raw[:, 2]) + 0.1 * rng.normal(size=3000)
fails = (raw[:, 0] + raw[:, 3] ** 2 - raw[:, 4] > 0.8).astype(np.int64)
x, wear, fails = torch.from_numpy(raw), torch.tensor(wear, dtype=torch.float32), torch.from_numpy(fails)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.wear = nn.Linear(64, 1)
        self.fails = nn.Linear(64, 2)
        self.log_var = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = self.shared(x)
        return self.wear(h).squeeze(1), self.fails(h)


net = TwoHeads()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(1, 16):
    net.train()
    for idx in torch.randperm(2400).split(48):
        a, b = net(x[idx])
        losses = torch.stack([nn.functional.mse_loss(a, wear[idx]), nn.functional.cross_entropy(b, fails[idx])])
        loss = (torch.exp(-net.log_var) * losses + net.log_var).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        net.eval()
        with torch.no_grad():
            a, b = net(x[2400:])
        mse = nn.functional.mse_loss(a, wear[2400:]).item()
        acc = (b.argmax(1) == fails[2400:]).float().mean().item()
        print(f"epoch {epoch}: joint loss {loss.item():+.3f} wear mse {mse:.4f} failure accuracy {acc:.3f}")
