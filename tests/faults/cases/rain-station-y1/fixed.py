import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(11)
torch.manual_seed(11)

# hourly station log: pressure [Pa], temperature [K], relative humidity [-], wind [m/s], radiation [W/m2]
n = 4000
pressure = rng.normal(101300, 900, n)
temperature = rng.normal(285, 8, n)
humidity = rng.beta(5, 3, n)
wind = rng.gamma(2.0, 2.0, n)
radiation = rng.uniform(0, 900, n)

low = (101300 - pressure) / 900
damp = (humidity - 0.62) / 0.16
score = 2.2 * low * (damp > -0.3) + 2.5 * damp - 0.9 * np.abs(temperature - 285) / 8 + 0.5 * (wind - 4) / 2.8
rain = (score + rng.normal(0, 0.35, n) > 0).astype(np.float32)

table = np.stack([pressure, temperature, humidity, wind, radiation], axis=1).astype(np.float32)
X_train, X_test, y_train, y_test = train_test_split(table, rain, test_size=0.25, random_state=0)
mu, sd = X_train.mean(0), X_train.std(0)
X_train, X_test = (X_train - mu) / sd, (X_test - mu) / sd
X_train, X_test = torch.from_numpy(X_train), torch.from_numpy(X_test)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

net = nn.Sequential(
    nn.Linear(5, 64),
    nn.LeakyReLU(),
    nn.Linear(64, 64),
    nn.LeakyReLU(),
    nn.Linear(64, 1),
)
bce = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(40):
    losses = []
    for rows in torch.randperm(len(X_train)).split(64):
        opt.zero_grad()
        loss = bce(net(X_train[rows]).squeeze(1), y_train[rows])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        net.eval()
        with torch.no_grad():
            logit = net(X_test).squeeze(1)
        net.train()
        acc = ((logit > 0).float() == y_test).float().mean()
        print(f"epoch {epoch + 1}: train bce {np.mean(losses):.4f}, test bce {bce(logit, y_test):.4f}, test accuracy {acc:.3f}")
