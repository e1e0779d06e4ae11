import torch
import torch.nn as nn
from sklearn.metrics import roc_auc_score
from torch.utils.data import DataLoader


def sensors(n, healthy, gen):
    load = torch.randn(n, 3, generator=gen)
    mix = torch.linspace(-1, 1, 36).reshape(3, 12)
    x = torch.tanh(load @ mix) + 0.1 * torch.randn(n, 12, generator=gen)
    if not healthy:
        which = torch.randint(12, (n, 1), generator=gen)
        x = x.scatter_add(1, which, 1.2 * torch.ones(n, 1))
    return x


class OneClass(nn.Module):
    def __init__(self, dim=4, momentum=0.9):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, dim))
        self.decode = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 12))
        self.momentum = momentum
        self.centre = torch.zeros(dim)

    def forward(self, x):
        z = self.encode(x)
        if self.training:
            self.centre = self.momentum * self.centre + (1 - self.momentum) * z.detach().mean(dim=0)
        spread = (z - self.centre).square().sum(dim=1)
        error = (self.decode(z) - x).square().sum(dim=1)
        return spread, error


torch.manual_seed(33)
gen = torch.Generator().manual_seed(33)
loader = DataLoader(sensors(2000, True, gen), batch_size=50, shuffle=True)
test = torch.cat([sensors(400, True, gen), sensors(400, False, gen)])
broken = [0] * 400 + [1] * 400

model = OneClass()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 21):
    model.train()
    total = 0.0
    for x in loader:
        spread, error = model(x)
        loss = (0.01 * spread + error).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            spread, error = model(test)
            auc = roc_auc_score(broken, (0.01 * spread + error).numpy())
        print(f"epoch {epoch} loss {total / len(loader):.4f} detection AUC {auc:.3f}")
