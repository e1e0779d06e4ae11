import math

import torch
import torch.nn as nn


def trace(n, seed, words=9, length=64):
    """What a microphone hears of nine words: three formants gliding over 64 frames, as 12 band energies a frame."""
    fixed = torch.Generator().manual_seed(321)
    start, stop = torch.rand(words, 3, generator=fixed) * 11, torch.rand(words, 3, generator=fixed) * 11
    g = torch.Generator().manual_seed(seed)
    word = torch.randint(words, (n,), generator=g)
    t = torch.linspace(0, 1, length)[None, :, None]
    glide = start[word][:, None] + (stop - start)[word][:, None] * t ** (0.7 + 0.6 * torch.rand(n, 1, 1, generator=g))
    glide = glide + 0.5 * torch.randn(n, 1, 1, generator=g)
    bands = torch.arange(12.0)
    energy = torch.exp(-((glide[..., None] - bands) ** 2) / 1.5).sum(2)
    return energy + 0.3 * torch.randn(n, length, 12, generator=g), word


class ParrotNet(nn.Module):
    def __init__(self, hidden=32, words=9, keep_prob=0.9):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(12 * 16, hidden),
            nn.ReLU(),
            nn.Dropout(keep_prob),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(keep_prob),
        )
        self.word = nn.Linear(hidden, words)

    def forward(self, energy):
        pooled = energy.unflatten(1, (16, 4)).mean(2)
        return self.word(self.body(pooled.flatten(1)))


def evaluate(net, energy, word):
    net.eval()
    with torch.no_grad():
        out = net(energy)
    return nn.functional.cross_entropy(out, word).item(), (out.argmax(1) == word).float().mean().item()


torch.manual_seed(13)
train_energy, train_word = trace(1500, 1)
val_energy, val_word = trace(500, 2)
net = ParrotNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
size = 50
for epoch in range(16):
    net.train()
    order, running = torch.randperm(len(train_word)), 0.0
    for b in range(math.ceil(len(order) / size)):
        rows = order[b * size : (b + 1) * size]
        loss = nn.functional.cross_entropy(net(train_energy[rows]), train_word[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(rows)
    val_loss, val_acc = evaluate(net, val_energy, val_word)
    print(f"{epoch:2d} | train {running / len(order):.3f} | val {val_loss:.3f} acc {val_acc:.3f}")
