import numpy as np
import torch
from torch import nn, optim
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 31
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

CONFIG = {
    "hidden": (64, 64),
    "lr": 2e-3,
    "weight_decay": 0.3,
    "batch_size": 64,
    "epochs": 40,
}

# thickness (nm) and index of four layers
thickness = rng.uniform(60, 180, size=(2400, 4))
index = rng.uniform(1.35, 2.3, size=(2400, 4))
phase = 2 * np.pi * thickness * index / 1100
reflectance = (np.cos(phase[:, 0]) * np.sin(phase[:, 1]) + 0.5 * np.cos(phase[:, 2] - phase[:, 3])
               + 0.4 * (index[:, 0] - index[:, 3]) + rng.normal(0, 0.05, 2400))

X = np.hstack([thickness, index])
X_train, X_val, y_train, y_val = train_test_split(X, reflectance[:, None], test_size=0.25, random_state=SEED)
x_scaler, y_scaler = StandardScaler().fit(X_train), StandardScaler().fit(y_train)
X_train, X_val = (torch.tensor(x_scaler.transform(a), dtype=torch.float32) for a in (X_train, X_val))
y_train, y_val = (torch.tensor(y_scaler.transform(a), dtype=torch.float32) for a in (y_train, y_val))


def build(hidden):
    layers, width = [], X_train.shape[1]
    for h in hidden:
        layers += [nn.Linear(width, h), nn.SiLU()]
        width = h
    return nn.Sequential(*layers, nn.Linear(width, 1))


model = build(CONFIG["hidden"])
optimizer = optim.Adam(model.parameters(), lr=CONFIG["lr"], weight_decay=CONFIG["weight_decay"])
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=CONFIG["epochs"])
loss_fn = nn.MSELoss()

for epoch in range(1, CONFIG["epochs"] + 1):
    model.train()
    epoch_loss = 0.0
    for batch in torch.randperm(len(X_train)).split(CONFIG["batch_size"]):
        optimizer.zero_grad()
        loss = loss_fn(model(X_train[batch]), y_train[batch])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(batch)
    scheduler.step()

    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            out = model(X_val)
        print(f"epoch {epoch:3d}  train mse {epoch_loss / len(X_train):.4f}  "
              f"val mse {loss_fn(out, y_val).item():.4f}  val R2 {r2_score(y_val.numpy(), out.numpy()):.3f}")
