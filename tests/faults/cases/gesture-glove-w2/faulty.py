import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class GloveStrokes(Dataset):
    """Three-axis readings of a glove drawing one of six strokes."""

    def __init__(self, size, seed, ticks=24):
        rng = np.random.default_rng(seed)
        t = np.linspace(0, 1, ticks)
        self.items = []
        for _ in range(size):
            stroke = int(rng.integers(6))
            speed, wobble = rng.uniform(0.8, 1.2), rng.normal(0, 0.15, (ticks, 3))
            p = 2 * np.pi * speed * t + rng.uniform(-0.4, 0.4)
            shape = [
                (np.cos(p), np.sin(p), 0 * t),
                (np.cos(p), -np.sin(p), 0 * t),
                (2 * t - 1, np.abs(2 * t - 1), 0 * t),
                (2 * t - 1, -np.abs(2 * t - 1), 0 * t),
                (np.sign(np.sin(2 * p)), 2 * t - 1, np.cos(p)),
                (np.sin(2 * p), 1 - 2 * t, np.cos(p)),
            ][stroke]
            self.items.append((np.stack(shape, 1) * rng.uniform(0.7, 1.3) + wobble, stroke))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        signal, stroke = self.items[i]
        return torch.as_tensor(signal, dtype=torch.float32), stroke


class StrokeNet(nn.Module):
    def __init__(self, ticks=24, hidden=20, strokes=6):
        super().__init__()
        self.rnn = nn.GRU(3, hidden)
        self.dense = nn.Linear(ticks * hidden, strokes)

    def forward(self, signal):
        batch = signal.size(0)
        states, _ = self.rnn(signal.transpose(0, 1))
        states = states.reshape(batch, -1)
        return self.dense(states)


def run(model, loader, optimizer=None):
    model.train(optimizer is not None)
    seen, right, total = 0, 0, 0.0
    for signal, stroke in loader:
        with torch.set_grad_enabled(optimizer is not None):
            scores = model(signal)
            loss = F.cross_entropy(scores, stroke)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seen += len(stroke)
        right += (scores.argmax(1) == stroke).sum().item()
        total += loss.item() * len(stroke)
    return total / seen, right / seen


def main():
    torch.manual_seed(3)
    train = DataLoader(GloveStrokes(800, 0), batch_size=40, shuffle=True)
    test = DataLoader(GloveStrokes(400, 1), batch_size=40)
    model = StrokeNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for epoch in range(1, 9):
        fit = run(model, train, optimizer)
        held = run(model, test)
        print("epoch %2d  train %.3f / %.3f  test %.3f / %.3f" % (epoch, *fit, *held))


if __name__ == "__main__":
    main()
