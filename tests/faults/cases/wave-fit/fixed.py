import numpy as np
import torch
import torch.nn as nn

np.random.seed(0)
torch.manual_seed(0)

# %% data
x = np.random.uniform(-1, 1, (1200, 1))
y = np.sin(9 * x) + 0.5 * np.cos(16 * x + 1) + 0.05 * np.random.randn(*x.shape)
x_all = torch.tensor(x / 0.577, dtype=torch.float32)
y_all = torch.tensor(y / y.std(), dtype=torch.float32)
x_train, y_train = x_all[:900], y_all[:900]
x_val, y_val = x_all[900:], y_all[900:]

# %% model
n_hidden = 64
model = nn.Sequential(
    nn.Linear(1, n_hidden),
    nn.Tanh(),
    nn.Linear(n_hidden, n_hidden),
    nn.Tanh(),
    nn.Linear(n_hidden, 1),
)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

# %% training
history = []
for epoch in range(150):
    model.train()
    order = torch.randperm(len(x_train))
    for i in range(0, len(order), 50):
        batch = order[i:i + 50]
        optimizer.zero_grad()
        loss = loss_fn(model(x_train[batch]), y_train[batch])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        history.append((loss_fn(model(x_train), y_train).item(), loss_fn(model(x_val), y_val).item()))

# %% result
for epoch in (9, 49, 99, 149):
    print("epoch %d  train mse %.4f  val mse %.4f" % (epoch + 1, *history[epoch]))
