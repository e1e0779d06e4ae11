import math

import torch
import torch.nn as nn
import torch.nn.functional as F

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# positions of the two flags in eighths of a turn
PAIRS = [(a, b) for a in range(8) for b in range(a + 1, 8)][:26]


def signallers(n, generator):
    """x, y of elbow and hand of both arms; people differ in size, stance and care."""
    letter = torch.randint(26, (n,), generator=generator)
    pairs = torch.tensor(PAIRS)[letter].float()
    swap = torch.rand(n, generator=generator) < 0.5
    pairs[swap] = pairs[swap].flip(1)
    angle = pairs * (math.pi / 4) + 0.13 * torch.randn(n, 2, generator=generator)
    bend = angle + 0.2 * torch.randn(n, 2, generator=generator)
    size = 1 + 0.15 * torch.randn(n, 1, generator=generator)
    elbow = torch.stack([bend.cos(), bend.sin()], -1) * size[..., None] * 0.5
    hand = elbow + torch.stack([angle.cos(), angle.sin()], -1) * size[..., None] * 0.6
    points = torch.cat([elbow, hand], 1).flatten(1)
    return points + 0.05 * torch.randn(n, 8, generator=generator), letter


g = torch.Generator().manual_seed(12)
torch.manual_seed(12)
x_train, y_train = signallers(8000, g)
x_test, y_test = signallers(1500, g)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std

model = nn.Sequential(
    nn.Linear(8, 96), nn.ReLU(),
    nn.Linear(96, 96), nn.ReLU(),
    nn.Linear(96, len(LETTERS)),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)


def loss_fn(scores, letters):
    return F.cross_entropy(scores, letters)


for epoch in range(1, 13):
    model.train()
    total = 0.0
    for batch in torch.randperm(len(x_train)).split(64):
        loss = loss_fn(model(x_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    model.eval()
    with torch.no_grad():
        scores = model(x_test)
        test_loss = loss_fn(scores, y_test).item()
        accuracy = (scores.argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d} loss {total / len(x_train):.4f} test loss {test_loss:.4f} letters read {accuracy:.1%}")
