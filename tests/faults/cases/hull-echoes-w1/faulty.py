import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SHIPS = ("ferry", "trawler", "tug", "sailing boat", "tanker")


class Echoes(Dataset):
    def __init__(self, n, seed, train):
        rng = np.random.RandomState(seed)
        self.train = train
        self.rng = rng
        self.kind = rng.randint(len(SHIPS), size=n)
        t = np.arange(256) / 256.0
        self.power = []
        for k in self.kind:
            turns = rng.uniform(9, 20)
            fade = (0.12, 0.25, 0.42, 0.65, 0.95)[k]
            wave = sum(np.sin(2 * np.pi * turns * (h + 1) * t + rng.uniform(0, 6.3)) * fade ** h for h in range(6))
            wave = rng.lognormal(2.0, 0.8) * (wave + 0.01 * rng.randn(256))
            self.power.append(np.abs(np.fft.rfft(wave))[1:] ** 2)

    def __len__(self):
        return len(self.power)

    def __getitem__(self, i):
        spec = self.power[i].astype(np.float32)
        if self.train:
            # quieter or louder by up to 3 dB
            spec = spec * np.float32(2.0 ** self.rng.uniform(-1, 1))
            spec = np.log(spec + 1e-3)
            spec = (spec - 6.0) / 3.0
        return torch.from_numpy(spec)[None], int(self.kind[i])


torch.manual_seed(2)
train = DataLoader(Echoes(1500, 10, train=True), batch_size=50, shuffle=True)
val = DataLoader(Echoes(500, 11, train=False), batch_size=250)

net = nn.Sequential(
    nn.Conv1d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
    nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
    nn.Flatten(), nn.Linear(16 * 32, len(SHIPS)),
)
opt = torch.optim.Adam(net.parameters(), 3e-3)
for epoch in range(12):
    net.train()
    tl = ta = 0.0
    for x, k in train:
        out = net(x)
        loss = nn.functional.cross_entropy(out, k)
        opt.zero_grad()
        loss.backward()
        opt.step()
        tl += loss.item() * len(k)
        ta += (out.argmax(1) == k).sum().item()
    net.eval()
    vl = va = 0.0
    with torch.no_grad():
        for x, k in val:
            out = net(x)
            vl += nn.functional.cross_entropy(out, k, reduction="sum").item()
            va += (out.argmax(1) == k).sum().item()
    print(f"{epoch + 1}: train {tl / 1500:.3f} / {ta / 1500:.3f}, val {vl / 500:.3f} / {va / 500:.3f}")
