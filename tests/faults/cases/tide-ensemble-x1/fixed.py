import copy

import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(6)
torch.manual_seed(6)


def tide(hours):
    return 1.4 * np.cos(2 * np.pi * hours / 12.42) + 0.6 * np.cos(2 * np.pi * hours / 12.0 + 1.0) + 0.3 * np.sin(2 * np.pi * hours / 25.82)


hours = rng.uniform(0, 24 * 60, 2500)
phases = np.stack([f(2 * np.pi * hours / p) for p in (12.42, 12.0, 25.82) for f in (np.sin, np.cos)], axis=1)
level = tide(hours) * (1 + 0.3 * phases[:, 4]) + 0.1 * rng.normal(size=hours.size)
X = torch.tensor(phases, dtype=torch.float32)
y = torch.tensor(level, dtype=torch.float32).unsqueeze(1)
X_train, y_train, X_val, y_val = X[:2000], y[:2000], X[2000:], y[2000:]

MEMBERS = 4
template = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))


def reset(module):
    if isinstance(module, nn.Linear):
        module.reset_parameters()


ensemble, optimizers = [], []
for _ in range(MEMBERS):
    member = copy.deepcopy(template)
    member.apply(reset)
    ensemble.append(member)
    optimizers.append(torch.optim.Adam(member.parameters(), lr=3e-3))

mse = nn.MSELoss()
for epoch in range(20):
    losses = []
    for member, optimizer in zip(ensemble, optimizers):
        member.train()
        bag = torch.randint(0, len(X_train), (len(X_train),))  # bootstrap sample
        for rows in bag.split(50):
            optimizer.zero_grad()
            loss = mse(member(X_train[rows]), y_train[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    if (epoch + 1) % 5 == 0:
        with torch.no_grad():
            votes = torch.stack([member.eval()(X_val) for member in ensemble])
        rmse = (votes.mean(0) - y_val).pow(2).mean().sqrt().item()
        print(f"epoch {epoch + 1}: train mse {np.mean(losses):.4f}, ensemble val rmse {rmse:.4f}, members' spread {votes.std(0).mean().item():.4f}")
