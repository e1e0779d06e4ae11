import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(3)
rng = np.random.default_rng(3)

N, D = 700, 25
facts = rng.normal(size=(N, D))
effects = rng.normal(size=D) * (rng.random(D) < 0.5)
rent = facts @ effects + 0.8 * facts[:, 0] * facts[:, 1] + rng.normal(0, 1.6, N)
rent = (rent - rent.mean()) / rent.std()

X = torch.tensor(facts, dtype=torch.float32)
y = torch.tensor(rent, dtype=torch.float32).unsqueeze(1)

n_train = 350
X_train, y_train = X[:n_train], y[:n_train]
X_val, y_val = X_train[-150:], y_train[-150:]
X_test, y_test = X[500:], y[500:]

model = nn.Sequential(
    nn.Linear(D, 64),
    nn.ELU(),
    nn.Dropout(0.2),
    nn.Linear(64, 1),
)
loss_fn = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=2e-3, weight_decay=2e-2)

n_epochs, batch_size = 18, 25
best_mse = np.inf
for epoch in range(n_epochs):
    model.train()
    perm = torch.randperm(n_train)
    for start in range(0, n_train, batch_size):
        rows = perm[start:start + batch_size]
        y_pred = model(X_train[rows])
        loss = loss_fn(y_pred, y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        mse = loss_fn(model(X_val), y_val).item()
    if mse < best_mse:
        best_mse = mse
        best_weights = {k: v.clone() for k, v in model.state_dict().items()}
    if epoch % 4 == 1:
        print(f"epoch {epoch + 1} validation mse {mse:.3f}")

model.load_state_dict(best_weights)
model.eval()
with torch.no_grad():
    test_mse = loss_fn(model(X_test), y_test).item()
print(f"validation mse {best_mse:.3f}, on flats of the next month {test_mse:.3f}")
