import numpy as np
import torch

np.random.seed(23)
torch.manual_seed(23)

# --- measurements -------------------------------------------------------
N = 2000
opening = np.random.uniform(0.05, 1, N)
pressure = np.random.uniform(1, 6, N)
temperature = np.random.uniform(5, 80, N)
flow = opening ** 1.7 * np.sqrt(pressure) * (1 + 0.004 * temperature) + 0.03 * np.random.randn(N)

X = np.stack([opening, pressure, temperature], axis=1)
Y = flow[:, None]
n_train = 1600
X = (X - X[:n_train].mean(0)) / X[:n_train].std(0)
y_std = Y[:n_train].std()
Y = (Y - Y[:n_train].mean()) / y_std

X_train, Y_train = torch.Tensor(X[:n_train]), torch.Tensor(Y[:n_train])
X_test, Y_test = torch.Tensor(X[n_train:]), torch.Tensor(Y[n_train:])

# --- network ------------------------------------------------------------
D_in, H, D_out = 3, 40, 1
model = torch.nn.Sequential(
    torch.nn.Linear(D_in, H),
    torch.nn.Tanh(),
    torch.nn.Linear(H, H),
    torch.nn.Tanh(),
    torch.nn.Linear(H, D_out),
)
loss_fn = torch.nn.MSELoss()
opt = torch.optim.SGD(model.parameters(), lr=0.1)

# --- training -----------------------------------------------------------
n_epochs, batch = 30, 40
for epoch in range(n_epochs):
    order = torch.randperm(n_train)
    total = 0.0
    for k in range(0, n_train, batch):
        rows = order[k:k + batch]
        y_pred = model(X_train[rows])
        loss = loss_fn(y_pred, Y_train[rows])
        total += loss.item() * len(rows)
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            test_mse = loss_fn(model(X_test), Y_test).item()
        print("epoch", epoch + 1, "train mse %.4f" % (total / n_train), "test mse %.4f" % test_mse,
              "test error %.3f l/s" % (y_std * test_mse ** 0.5))
