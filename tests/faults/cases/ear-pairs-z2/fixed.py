import torch
from torch import nn
import torch.nn.functional as F

# find the right-ear recording that belongs to a left-ear recording
HIDDEN, CODE, TEMPERATURE = 64, 16, 0.05


def ears(n, gen, left, right):
    source = torch.randn(n, 8, generator=gen)
    noise = 0.3 * torch.randn(2, n, 32, generator=gen)
    return torch.tanh(source @ left) + noise[0], torch.tanh(source @ right) + noise[1]


def tower():
    return nn.Sequential(nn.Linear(32, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CODE))


class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = tower(), tower()

    def forward(self, l, r):
        return F.normalize(self.left(l), dim=1), F.normalize(self.right(r), dim=1)


def contrast(a, b):
    closeness = torch.exp((a @ b.T).float() / TEMPERATURE)
    own = closeness.diagonal()
    return -(torch.log(own / closeness.sum(1)) + torch.log(own / closeness.sum(0))).mean() / 2


@torch.no_grad()
def found(model, l, r):
    a, b = model(l, r)
    return ((a @ b.T).argmax(1) == torch.arange(len(l))).float().mean().item()


torch.manual_seed(26)
gen = torch.Generator().manual_seed(26)
maps = 0.5 * torch.randn(2, 8, 32, generator=gen)
left, right = ears(6000, gen, *maps)
left_test, right_test = ears(300, gen, *maps)
model = Matcher()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)

for epoch in range(1, 11):
    for rows in torch.randperm(len(left)).split(100):
        with torch.autocast("cpu", dtype=torch.float16):
            a, b = model(left[rows], right[rows])
            loss = contrast(a, b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch:2d}: contrast {loss.item():.4f}, right ear found {found(model, left_test, right_test):.3f} of 300")
