import torch
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(2)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.strength * grad, None


def moons(n, turn, seed):
    x, y = make_moons(n, noise=0.08, random_state=seed)
    x = torch.tensor(x - [0.5, 0.25], dtype=torch.float32)
    c, s = torch.cos(torch.tensor(turn)), torch.sin(torch.tensor(turn))
    return x @ torch.stack([torch.stack([c, -s]), torch.stack([s, c])]) * 1.3, torch.tensor(y)


xs, ys = moons(1200, 0.0, 0)
xt, yt = moons(1200, 0.45, 1)
features = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
label, domain = nn.Linear(48, 2), nn.Sequential(nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 2))
params = [p for m in (features, label, domain) for p in m.parameters()]
optimizer = torch.optim.Adam(params, lr=1e-3)
loss_fn = nn.CrossEntropyLoss()
for step in range(1, 1001):
    i, j = torch.randint(0, 1200, (2, 64))
    strength = min(0.3, step / 2000)
    f_source, f_target = features(xs[i]), features(xt[j])
    where = domain(Reverse.apply(torch.cat([f_source, f_target]), strength))
    loss = loss_fn(label(f_source), ys[i]) + loss_fn(where, torch.arange(128) // 64)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 250 == 0:
        with torch.no_grad():
            source = (label(features(xs)).argmax(1) == ys).float().mean().item()
            target = (label(features(xt)).argmax(1) == yt).float().mean().item()
        print(f"step {step}: loss {loss.item():.3f} accuracy where it has labels {source:.3f}, where it has none {target:.3f}")
