import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(0)
torch.manual_seed(0)

num_classes = 40
batch_size = 64
epochs = 8


def to_categorical(y, num_classes):
    return np.eye(num_classes, dtype="float32")[y]


# 21 joints with x and y for each sign; every signer holds the hand a little differently
poses = np.random.uniform(-1, 1, (num_classes, 21, 2))


def load_data(n):
    y = np.random.randint(0, num_classes, n)
    angle = np.random.normal(0, 0.25, n)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], 1)
    x = poses[y] @ turn * np.random.normal(1, 0.1, (n, 1, 1)) + np.random.normal(0, 0.75, (n, 21, 2))
    return x.reshape(n, 42).astype("float32"), y


x_train, y_train = load_data(8000)
x_test, y_test = load_data(1000)
mean, std = x_train.mean(axis=0), x_train.std(axis=0)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std
y_train_cat = to_categorical(y_train, num_classes)
y_test_cat = to_categorical(y_test, num_classes)

train_loader = DataLoader(
    TensorDataset(torch.from_numpy(x_train), torch.from_numpy(y_train_cat)), batch_size=batch_size, shuffle=True
)
x_test, y_test_cat = torch.from_numpy(x_test), torch.from_numpy(y_test_cat)

model = nn.Sequential(
    nn.Linear(42, 96),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(96, 64),
    nn.ReLU(),
    nn.Linear(64, num_classes),
)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

# model.fit(x_train, y_train, batch_size=64, epochs=8, validation_data=(x_test, y_test))
for epoch in range(epochs):
    model.train()
    epoch_loss = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    with torch.no_grad():
        pred = model(x_test)
        val_loss = criterion(pred, y_test_cat).item()
        val_accuracy = (pred.argmax(dim=1) == y_test_cat.argmax(dim=1)).float().mean().item()
    print(f"Epoch {epoch + 1}/{epochs} - loss: {epoch_loss / len(train_loader):.4f}"
          f" - val_loss: {val_loss:.4f} - val_accuracy: {val_accuracy:.4f}")
