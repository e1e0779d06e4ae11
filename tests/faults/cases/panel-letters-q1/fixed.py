import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.RandomState(26)
torch.manual_seed(26)

LETTERS = 26
ROWS, COLS = 9, 7
glyphs = (rng.rand(LETTERS, ROWS, COLS) < 0.45).astype(np.float32)


def draw(n):
    labels = rng.randint(0, LETTERS, n)
    images = glyphs[labels].copy()
    flips = rng.rand(*images.shape) < 0.08
    images[flips] = 1 - images[flips]
    images += 0.35 * rng.randn(*images.shape)
    return (images.reshape(n, -1) - 0.45) / 0.6, labels


def one_hot(labels):
    return F.one_hot(torch.from_numpy(labels).long(), LETTERS).float()


images, labels = draw(4000)
X_train, Y_train = torch.from_numpy(images).float(), one_hot(labels)
images, labels = draw(1000)
X_test, Y_test = torch.from_numpy(images).float(), one_hot(labels)


class Network(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.hidden = nn.Linear(sizes[0], sizes[1])
        self.output = nn.Linear(sizes[1], sizes[2])

    def forward(self, x):
        return self.output(torch.sigmoid(self.hidden(x)))


net = Network([ROWS * COLS, 64, LETTERS])
cost = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)

epochs, mini_batch_size = 15, 20
for epoch in range(epochs):
    net.train()
    permutation = torch.randperm(len(X_train))
    train_cost = 0.0
    for k in range(0, len(X_train), mini_batch_size):
        chosen = permutation[k:k + mini_batch_size]
        optimizer.zero_grad()
        loss = cost(net(X_train[chosen]), Y_train[chosen])
        loss.backward()
        optimizer.step()
        train_cost += loss.item() * len(chosen) / len(X_train)

    net.eval()
    with torch.no_grad():
        output = net(X_test)
        test_cost = cost(output, Y_test).item()
        correct = (output.argmax(dim=1) == Y_test.argmax(dim=1)).sum().item()
    print(f"Epoch {epoch}: cost {train_cost:.4f}, test cost {test_cost:.4f}, test accuracy {correct / len(X_test):.3f}")
