import numpy as np
import torch
import torch.nn as nn


def discharge_curves(n, rng):
    """Twenty voltages along a discharge; the capacity left decides where they drop."""
    life = rng.uniform(0, 1, n)
    t = np.linspace(0, 1, 20)
    knee = 0.35 + 0.6 * life[:, None] + rng.normal(0, 0.03, (n, 1))
    slope = rng.uniform(0.1, 0.4, (n, 1))
    volts = 4.1 - slope * t - 1.2 / (1 + np.exp(-18 * (t - knee))) + rng.normal(0, 0.02, (n, 20))
    return volts, life


def standardise(a, like):
    return (a - like.mean(0)) / like.std(0)


def tensors(*arrays):
    return [torch.tensor(a, dtype=torch.float32) for a in arrays]


rng = np.random.default_rng(7)
torch.manual_seed(7)
volts, life = discharge_curves(2400, rng)
volts_test, life_test = discharge_curves(600, rng)

# from the cells that died first to the best ones, as in the lab book
by_life = np.argsort(life)
volts, life = volts[by_life], life[by_life]

X, X_test = tensors(standardise(volts, volts), standardise(volts_test, volts))
y, y_test = tensors((life - 0.5) / 0.29, (life_test - 0.5) / 0.29)

model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
criterion = nn.MSELoss()
n_batches = 60

for epoch in range(1, 13):
    model.train()
    losses = []
    rows = torch.randperm(len(X))
    for part in rows.chunk(n_batches):
        prediction = model(X[part]).squeeze(1)
        loss = criterion(prediction, y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        test = criterion(model(X_test).squeeze(1), y_test).item()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: mean batch loss {np.mean(losses):.4f}, test mse {test:.4f}")
