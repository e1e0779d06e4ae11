import numpy as np
import torch
from torch import nn

np.random.seed(4)
torch.manual_seed(4)


def make_hulls(n):
    # position of buoyancy, prismatic coefficient, displacement, beam/draught, length/beam, Froude number, heel
    hull = np.random.uniform(-1, 1, (n, 7))
    froude = 0.3 + 0.15 * hull[:, 5]
    drag = 60 * (froude / 0.45) ** 4 * (1 + 0.4 * hull[:, 2]) + 4 * hull[:, 3] * hull[:, 4] + 3 * np.abs(hull[:, 6])
    return hull.astype(np.float32), (drag + np.random.normal(0, 0.8, n)).astype(np.float32)


hulls, drag = make_hulls(2500)
x_train, y_train = hulls[:2000], drag[:2000]
x_test, y_test = hulls[2000:], drag[2000:]

x_mu, x_sd = x_train.mean(0), x_train.std(0)
y_mu, y_sd = y_train.mean(), y_train.std()
x_train, x_test = (x_train - x_mu) / x_sd, (x_test - x_mu) / x_sd
y_train, y_test = (y_train - y_mu) / y_sd, (y_test - y_mu) / y_sd

x_train, y_train = torch.from_numpy(x_train), torch.from_numpy(y_train).reshape(-1, 1)
x_test, y_test = torch.from_numpy(x_test), torch.from_numpy(y_test).reshape(-1, 1)

net = nn.Sequential(nn.Linear(7, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
mse = nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)

n, batch = len(x_train), 50
for epoch in range(40):
    net.train()
    order = np.random.permutation(n)
    epoch_loss = 0.0
    for start in range(0, n, batch):
        xb = x_train[order[start:start + batch]]
        yb = y_train[order[start:start + batch]]
        opt.zero_grad()
        loss = mse(net(xb), yb)
        loss.backward()
        opt.step()
        epoch_loss += loss.item() * len(xb)
    if (epoch + 1) % 5 == 0:
        net.eval()
        with torch.no_grad():
            test_loss = mse(net(x_test), y_test).item()
        print(f"epoch {epoch + 1:2d}  train mse {epoch_loss / n:.4f}  test mse {test_loss:.4f}  "
              f"test rmse {y_sd * test_loss ** 0.5:.2f} N")
