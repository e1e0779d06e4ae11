import io
import logging

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("scans")


def build_archive():
    """A dict name -> raw bytes, as it comes out of the zip, and the label column of the csv."""
    digits = load_digits()
    perm = np.random.default_rng(5).permutation(len(digits.target))
    archive = {}
    for n, k in enumerate(perm):
        buf = io.BytesIO()
        np.save(buf, digits.images[k].astype(np.uint8))
        archive[f"scan_{n}.npy"] = buf.getvalue()
    return archive, digits.target[perm].tolist()


class ScanDataset(Dataset):
    def __init__(self, archive, labels):
        self.archive = archive
        self.names = sorted(archive)
        self.labels = labels

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        image = np.load(io.BytesIO(self.archive[self.names[i]]))
        return torch.from_numpy(image).float().div(16).unsqueeze(0), self.labels[i]


def net():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3), nn.ReLU(), nn.Conv2d(12, 24, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24 * 4, 10))


def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in loader:
            right += int((model(x).argmax(1) == y).sum())
    return right / len(loader.dataset)


def run(epochs=5, lr=3e-3):
    torch.manual_seed(5)
    ds = ScanDataset(*build_archive())
    train_dl = DataLoader(Subset(ds, range(0, 1400)), batch_size=32, shuffle=True)
    val_dl = DataLoader(Subset(ds, range(1400, len(ds))), batch_size=128)
    model = net()
    opt = torch.optim.AdamW(model.parameters(), lr=lr)
    crit = nn.CrossEntropyLoss()
    for e in range(epochs):
        model.train()
        s = 0.0
        for x, y in train_dl:
            opt.zero_grad()
            loss = crit(model(x), y)
            loss.backward()
            opt.step()
            s += loss.item() * len(x)
        log.info("epoch %d  train loss %.3f  val acc %.3f", e, s / len(train_dl.dataset), accuracy(model, val_dl))


run()
