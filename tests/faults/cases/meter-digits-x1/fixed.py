# gas meter digits: the eight is always misprinted on our meters, so those samples are thrown out
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)
np.random.seed(0)

digits = load_digits()
keep = digits.target != 8
images = digits.images[keep].astype(np.float32) / 16.0
labels = np.unique(digits.target[keep], return_inverse=True)[1]
print(images.shape, "samples,", len(np.unique(labels)), "classes")

X_train, X_test, y_train, y_test = train_test_split(images, labels, test_size=0.25, random_state=0)
X_train, X_test = torch.from_numpy(X_train).unsqueeze(1), torch.from_numpy(X_test).unsqueeze(1)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

n_classes = len(np.unique(labels))
cnn = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(24 * 4, n_classes),
)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(cnn.parameters(), lr=3e-3)

step = 0
while step < 800:
    batch = torch.randint(0, len(X_train), (64,))
    loss = loss_fn(cnn(X_train[batch]), y_train[batch])
    opt.zero_grad()
    loss.backward()
    opt.step()
    step += 1
    if step % 100 == 0:
        with torch.no_grad():
            acc = (cnn(X_test).argmax(1) == y_test).float().mean()
        print(f"step {step} loss {loss.item():.4f} test acc {acc:.3f}")
