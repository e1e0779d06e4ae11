import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

STEPS = 40
GESTURES = ["circle", "shake", "swipe", "tap"]


def record(n, rng):
    kind = rng.integers(0, 4, n)
    signal = rng.normal(0, 0.5, (n, STEPS, 2))
    for i, k in enumerate(kind):
        start = rng.integers(0, STEPS - 12)
        t = np.arange(12)
        phase = rng.uniform(0, 2 * np.pi)
        if k == 0:
            move = np.stack([np.sin(t / 12 * 2 * np.pi + phase), np.cos(t / 12 * 2 * np.pi + phase)], 1)
        elif k == 1:
            move = np.stack([np.sin(t * 1.8 + phase), 0 * t], 1)
        elif k == 2:
            move = np.stack([np.exp(-((t - 6) / 3) ** 2), np.exp(-((t - 6) / 3) ** 2)], 1)
        else:
            move = np.stack([0 * t, 1.5 * (t % 6 == 0)], 1)
        signal[i, start:start + 12] += 1.8 * move
    return torch.tensor(signal, dtype=torch.float32), torch.tensor(kind)


class GestureNet(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(2, channels, 7, padding=3), nn.ReLU(),
            nn.Conv1d(channels, channels, 7, padding=3), nn.ReLU(),
        )
        self.score = nn.Linear(channels, 1)
        self.out = nn.Linear(channels, len(GESTURES))

    def forward(self, x):
        h = self.conv(x.transpose(1, 2)).transpose(1, 2)        # n, time, channels
        energy = self.score(torch.tanh(h)).squeeze(2)           # n, time
        alpha = torch.softmax(energy, dim=1).unsqueeze(2)
        gesture = self.out((alpha * h).sum(dim=1))
        return torch.log_softmax(gesture, dim=0)


def main():
    torch.manual_seed(15)
    rng = np.random.default_rng(15)
    loader = DataLoader(TensorDataset(*record(1600, rng)), batch_size=32, shuffle=True)
    test = TensorDataset(*record(300, rng))
    net = GestureNet()
    loss_fn = nn.NLLLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(10):
        net.train()
        losses = []
        for x, y in loader:
            loss = loss_fn(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            hits = [net(x[None]).argmax(1).item() == y.item() for x, y in test]
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, recognised {np.mean(hits):.3f}")


if __name__ == "__main__":
    main()
