import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SPECIES = [(4, 0), (7, 0), (4, 3), (7, 3), (10, -4), (10, 2)]


def calls(n, seed, length=128):
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, length)
    label = rng.integers(0, len(SPECIES), n)
    sound = np.empty((n, 1, length))
    for i, k in enumerate(label):
        start, glide = SPECIES[k]
        phase = 2 * np.pi * ((start + rng.normal(0, 0.3)) * t + 0.5 * glide * t ** 2 + rng.random())
        sound[i, 0] = np.sin(phase) + rng.normal(0, 1.1, length)
    return TensorDataset(torch.tensor(sound, dtype=torch.float32), torch.tensor(label))


torch.manual_seed(6)
trainloader = DataLoader(calls(1500, 0), batch_size=30, shuffle=True)
testloader = DataLoader(calls(400, 1), batch_size=200)
net = nn.Sequential(
    nn.Conv1d(1, 16, 9, stride=2), nn.ReLU(),
    nn.Conv1d(16, 32, 9, stride=2), nn.ReLU(),
    nn.AdaptiveMaxPool1d(4), nn.Flatten(),
    nn.Dropout(0.6),
    nn.Linear(128, 6),
    nn.LogSoftmax(dim=1),
)
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(8):
    net.train()
    running_loss = 0.0
    for sound, label in trainloader:
        optimizer.zero_grad()
        loss = criterion(net(sound), label)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    net.eval()
    correct = 0
    with torch.no_grad():
        for sound, label in testloader:
            correct += (net(sound).argmax(1) == label).sum().item()
    print(f"epoch {epoch + 1} loss {running_loss / len(trainloader):.3f} accuracy {correct / 400:.3f}")
