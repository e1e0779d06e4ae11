import copy

import numpy as np
import torch
from torch import nn

# Keras -> PyTorch port of the classifier from the materials course
np.random.seed(23)
torch.manual_seed(23)

n_samples, n_values = 900, 16
values = np.random.normal(size=(n_samples, n_values))
coef = np.random.normal(size=n_values)
strength = values @ coef + np.tanh(values[:, 0] * values[:, 1]) + 1.2 * np.random.normal(size=n_samples)
passed = strength > 0

X = torch.tensor(values, dtype=torch.float32)
y = torch.tensor(passed, dtype=torch.float32).unsqueeze(1)
# most of the samples come from the partner lab and arrive later, they are the test set
x_train, x_val, x_test = X[:200], X[200:400], X[400:]
y_train, y_val, y_test = y[:200], y[200:400], y[400:]

model = nn.Sequential(
    nn.Linear(n_values, 256), nn.ReLU(),
    nn.Linear(256, 256), nn.ReLU(),
    nn.Linear(256, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)

EPOCHS, BATCH = 150, 16
history = {"loss": [], "val_loss": []}
for epoch in range(EPOCHS):
    model.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(x_train)).split(BATCH):
        optimizer.zero_grad()
        loss = loss_fn(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        val_loss = loss_fn(model(x_val), y_val).item()
    history["loss"].append(epoch_loss / len(x_train))
    history["val_loss"].append(val_loss)
    if epoch % 5 == 4:
        print(f"Epoch {epoch + 1}/{EPOCHS} - loss: {history['loss'][-1]:.4f} - val_loss: {val_loss:.4f}")

model.eval()
with torch.no_grad():
    logits = model(x_test)
    test_loss = loss_fn(logits, y_test).item()
    test_acc = ((logits > 0) == (y_test == 1)).float().mean().item()
print(f"{len(history['loss'])} epochs, test loss {test_loss:.4f}, test accuracy {test_acc:.3f}")
