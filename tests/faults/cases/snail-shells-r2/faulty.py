# PyTorch version of my Keras notebook
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(12)


def collect(n):
    # width, height, number of whorls, thickness, opening, colour index
    x = 2 * torch.rand(n, 6) - 1
    age = torch.sin(3 * x[:, 0]) * x[:, 1] + 1.2 * x[:, 2] ** 2 + 0.8 * (x[:, 3] * x[:, 4]).abs() + 0.3 * x[:, 5]
    return x / 0.577, age + 0.05 * torch.randn(n)


x_train, y_train = collect(4000)
x_val, y_val = collect(1000)
y_mean, y_std = y_train.mean(), y_train.std()
y_train, y_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std

# model.add(Dense(64, ...)); model.add(BatchNormalization()); ...
model = nn.Sequential(
    nn.Linear(6, 64),
    nn.BatchNorm1d(64),
    nn.Linear(64, 64),
    nn.BatchNorm1d(64),
    nn.Linear(64, 32),
    nn.Linear(32, 1),
)

# model.compile(optimizer="adam", loss="mse")
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

# model.fit(x_train, y_train, epochs=25, batch_size=64, validation_data=(x_val, y_val))
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True, drop_last=True)
history = {"loss": [], "val_loss": [], "val_r2": []}
for epoch in range(25):
    model.train()
    total = 0.0
    for xb, yb in loader:
        pred = model(xb).squeeze(1)
        loss = criterion(pred, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(x_val).squeeze(1), y_val).item()
    history["loss"].append(total / len(loader))
    history["val_loss"].append(val_loss)
    history["val_r2"].append(1 - val_loss / y_val.var().item())
    if (epoch + 1) % 5 == 0:
        print(f"Epoch {epoch + 1}/25 - " + " - ".join(f"{k}: {v[-1]:.4f}" for k, v in history.items()))
