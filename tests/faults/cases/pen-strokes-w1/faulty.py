import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
np.random.seed(5)

digits = load_digits()
images = (digits.images / 16.0).astype("float32")
labels = digits.target
perm = np.random.permutation(len(images))
images, labels = images[perm], labels[perm]
x_tr, y_tr = images[:1200], labels[:1200]
x_te, y_te = images[1200:], labels[1200:]

# five versions of every training image
shifts = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
bigger = np.concatenate([np.roll(x_tr, s, axis=(1, 2)) for s in shifts])
bigger_y = np.repeat(y_tr, len(shifts))
print(bigger.shape, bigger_y.shape)

train_dl = DataLoader(TensorDataset(torch.from_numpy(bigger)[:, None], torch.from_numpy(bigger_y)), 64, shuffle=True)
test_x, test_y = torch.from_numpy(x_te)[:, None], torch.from_numpy(y_te)

cnn = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(24 * 4, 10),
)
optimizer = torch.optim.RMSprop(cnn.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    cnn.train()
    losses = []
    for xb, yb in train_dl:
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(cnn(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    cnn.eval()
    with torch.no_grad():
        out = cnn(test_x)
    acc = (out.argmax(-1) == test_y).float().mean()
    print(f"[{epoch}] train {np.mean(losses):.3f} test {criterion(out, test_y):.3f} acc {acc:.3f}")
