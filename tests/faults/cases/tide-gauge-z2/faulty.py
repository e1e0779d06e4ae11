import math
import torch
import torch.nn as nn

torch.manual_seed(3)

# hourly water level at a gauge: two tidal constituents and a surge
hours = torch.arange(0, 600, dtype=torch.float32)
level = (torch.sin(2 * math.pi * hours / 12.42) + 0.4 * torch.sin(2 * math.pi * hours / 25.8 + 1)
         + 0.25 * torch.sin(2 * math.pi * hours / 170) + 0.05 * torch.randn(600))
level = (level - level[:450].mean()) / level[:450].std()

WINDOW, AHEAD = 30, 3
X = level.unfold(0, WINDOW, 1)[:-AHEAD]
Y = level[WINDOW + AHEAD - 1:].unsqueeze(1)
X_fit, Y_fit = X[:420], Y[:420]
X_new, Y_new = X[450:], Y[450:]

net = nn.Sequential(nn.Linear(WINDOW, 12), nn.Tanh(), nn.Linear(12, 1))
mse = nn.MSELoss()
lbfgs = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10, history_size=20)


def closure():
    loss = mse(net(X_fit), Y_fit) + 2e-3 * sum((w ** 2).sum() for w in net.parameters())
    loss.backward()
    return loss


for outer in range(1, 26):
    lbfgs.zero_grad()
    value = lbfgs.step(closure)
    with torch.no_grad():
        fit = mse(net(X_fit), Y_fit).item()
        new = mse(net(X_new), Y_new).item()
    if outer % 5 == 0:
        print(f"{outer:3d}  objective {value.item():.5f}  fit {fit:.5f}  forecast mse {new:.5f}")
