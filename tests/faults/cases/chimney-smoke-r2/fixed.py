import numpy as np
import torch

rng = np.random.RandomState(1)
torch.manual_seed(1)

# plumes on a 16 x 16 camera: straight, bent, split, puffs
yy, xx = np.mgrid[0:16, 0:16]


def plume(kind):
    centre = 8 + rng.uniform(-2, 2)
    lean = rng.uniform(-0.15, 0.15)
    path = centre + lean * (16 - yy)
    width = 1.2 + 0.06 * (16 - yy)
    if kind == 1:
        path = path + np.sign(lean) * 0.03 * (16 - yy) ** 2
    img = np.exp(-((xx - path) ** 2) / (2 * width**2))
    if kind == 2:
        gap = 0.3 * (16 - yy)
        img = np.maximum(np.exp(-((xx - path - gap) ** 2) / 3), np.exp(-((xx - path + gap) ** 2) / 3))
    if kind == 3:
        img = img * (0.5 + 0.5 * np.sin(1.3 * yy + rng.uniform(0, 6.28)))
    return (img + 0.45 * rng.normal(size=img.shape)).ravel()


labels = rng.randint(0, 4, 8000)
images = np.array([plume(k) for k in labels])
images = (images - images[:7000].mean()) / images[:7000].std()
X = torch.tensor(images, dtype=torch.float32)
y = torch.tensor(labels)
X_train, y_train, X_test, y_test = X[:7000], y[:7000], X[7000:], y[7000:]

# random weights with mean 0
n_in, n_hid, n_hid2, n_out = 256, 80, 30, 4
syn0 = torch.tensor((2 * rng.random_sample((n_in, n_hid)) - 1) / n_in**0.5, dtype=torch.float32, requires_grad=True)
syn1 = torch.tensor((2 * rng.random_sample((n_hid, n_hid2)) - 1) / n_hid**0.5, dtype=torch.float32, requires_grad=True)
syn2 = torch.zeros(n_hid2, n_out, requires_grad=True)
b0, b1, b2 = (torch.zeros(k, requires_grad=True) for k in (n_hid, n_hid2, n_out))


def predict(l0):
    l1 = torch.tanh(l0 @ syn0 + b0)
    l2 = torch.tanh(l1 @ syn1 + b1)
    return l2 @ syn2 + b2


cross_entropy = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD([syn0, b0, syn1, b1, syn2, b2], lr=0.01, momentum=0.9, weight_decay=1e-3)

for epoch in range(4):
    running = 0.0
    for idx in torch.randperm(7000).split(40):
        error = cross_entropy(predict(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        running += error.item() * len(idx)
    with torch.no_grad():
        out = predict(X_test)
        test_error = cross_entropy(out, y_test).item()
        accuracy = (out.argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch + 1}: error {running / 7000:.4f}, test error {test_error:.4f}, test accuracy {accuracy:.3f}")
