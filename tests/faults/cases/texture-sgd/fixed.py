import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def texture(kind, rng, size=16):
    yy, xx = np.mgrid[:size, :size]
    phase, freq = rng.uniform(0, 2 * np.pi), rng.uniform(0.8, 1.3)
    if kind == 0:
        wave = np.sin(freq * xx + phase)
    elif kind == 1:
        wave = np.sin(freq * yy + phase)
    elif kind == 2:
        wave = np.sin(freq * xx + phase) * np.sin(freq * yy + phase)
    else:
        wave = np.sin(freq * np.hypot(xx - 8, yy - 8) * 1.4 + phase)
    return wave + rng.normal(0, 1.0, (size, size))


def dataset(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 4, n)
    patches = np.stack([texture(k, rng) for k in kinds]).astype(np.float32)
    return TensorDataset(torch.from_numpy(patches)[:, None], torch.from_numpy(kinds))


class TextureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, padding=2)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc1 = nn.Linear(24 * 16, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def main(epochs=8, lr=0.02):
    torch.manual_seed(20)
    loaders = {
        "train": DataLoader(dataset(1600, 0), batch_size=32, shuffle=True),
        "val": DataLoader(dataset(400, 1), batch_size=200),
    }
    net = TextureNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    for epoch in range(epochs):
        stats = {}
        for phase in ("train", "val"):
            net.train(phase == "train")
            loss_sum, hits, seen = 0.0, 0, 0
            for patches, kinds in loaders[phase]:
                with torch.set_grad_enabled(phase == "train"):
                    logits = net(patches)
                    loss = F.cross_entropy(logits, kinds)
                if phase == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                loss_sum += loss.item() * len(kinds)
                hits += (logits.argmax(1) == kinds).sum().item()
                seen += len(kinds)
            stats[phase] = f"{phase} loss {loss_sum / seen:.4f} acc {hits / seen:.3f}"
        print(f"Epoch {epoch + 1}/{epochs}  " + "  ".join(stats.values()))


if __name__ == "__main__":
    main()
