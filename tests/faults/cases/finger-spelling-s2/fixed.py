import numpy as np
import torch
import torch.nn as nn

LETTERS = "ABCDEFGHIKLMNOPQRSTUVWXY"
JOINTS = 21


def to_categorical(y, num_classes):
    return np.eye(num_classes, dtype="float32")[y]


def hands(n, rng, poses):
    y = rng.integers(0, len(LETTERS), n)
    joints = poses[y] + rng.normal(0, 0.45, (n, JOINTS, 2))
    turn = rng.normal(0, 0.15, n)
    rotate = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], axis=1).reshape(n, 2, 2)
    joints = np.einsum("nij,nkj->nki", rotate, joints) * rng.normal(1, 0.08, (n, 1, 1))
    return joints.reshape(n, -1).astype("float32"), y


torch.manual_seed(14)
rng = np.random.default_rng(14)

# five fingers, each bent or stretched by the letter, around a common resting hand
rest = rng.normal(0, 1.0, (JOINTS, 2))
poses = rest + 0.36 * rng.normal(0, 1, (len(LETTERS), JOINTS, 2))
x_train, y_train = hands(10000, rng, poses)
x_test, y_test = hands(1000, rng, poses)
mean, std = x_train.mean(axis=0), x_train.std(axis=0)
x_train = torch.from_numpy((x_train - mean) / std)
x_test = torch.from_numpy((x_test - mean) / std)
t_train = torch.from_numpy(to_categorical(y_train, len(LETTERS)))
t_test = torch.from_numpy(to_categorical(y_test, len(LETTERS)))

model = nn.Sequential(
    nn.Linear(2 * JOINTS, 96),
    nn.ReLU(),
    nn.Linear(96, 64),
    nn.ReLU(),
    nn.Linear(64, len(LETTERS)),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)

epochs, batch_size = 6, 100
for epoch in range(epochs):
    model.train()
    order = torch.randperm(len(x_train))
    losses = []
    for start in range(0, len(order), batch_size):
        rows = order[start:start + batch_size]
        loss = criterion(model(x_train[rows]), t_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        scores = model(x_test)
        test_loss = criterion(scores, t_test).item()
        accuracy = (scores.argmax(1) == t_test.argmax(1)).float().mean().item()
    print(f"Epoch {epoch + 1}/{epochs} loss: {np.mean(losses):.4f} - val_loss: {test_loss:.4f} - val_accuracy: {accuracy:.4f}")
