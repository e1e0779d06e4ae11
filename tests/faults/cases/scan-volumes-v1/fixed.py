import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

CONFIG = dict(seed=31, n_train=560, n_val=200, lr=7e-4, epochs=6)
CONFIG["batch_size"] = 2  # full-size scans: two fit into the memory of the card


def make_volume(vessel, rng, shape=(10, 14, 14)):
    grid = np.stack(np.meshgrid(*[np.arange(s) for s in shape], indexing="ij"), axis=-1)
    centre = np.array(shape) / 2 + rng.uniform(-1.5, 1.5, 3)
    offset = grid - centre - 0.5
    if vessel:
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        along = offset @ axis
        distance = np.sqrt(np.maximum((offset ** 2).sum(-1) - along ** 2, 0))
        body = distance < rng.uniform(1.2, 1.9)
    else:
        body = np.sqrt((offset ** 2).sum(-1)) < rng.uniform(2.4, 3.6)
    volume = body * rng.uniform(1.2, 2.0) + rng.normal(0, 0.7, shape)
    return (volume - volume.mean()) / volume.std()


def make_set(n, rng):
    labels = rng.integers(0, 2, n)
    volumes = np.stack([make_volume(label, rng) for label in labels])
    return TensorDataset(torch.tensor(volumes, dtype=torch.float32).unsqueeze(1), torch.tensor(labels))


class ScanNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool3d(2), nn.Flatten(),
        )
        self.fc1 = nn.Linear(16 * 8, 32)
        self.norm1 = nn.LayerNorm(32)
        self.fc2 = nn.Linear(32, 32)
        self.norm2 = nn.LayerNorm(32)
        self.fc3 = nn.Linear(32, 2)

    def forward(self, x):
        x = self.fc1(self.features(x))
        x = torch.relu(self.norm1(x))
        x = torch.relu(self.norm2(self.fc2(x)))
        return self.fc3(x)


def run(config):
    torch.manual_seed(config["seed"])
    rng = np.random.default_rng(config["seed"])
    train_loader = DataLoader(make_set(config["n_train"], rng), batch_size=config["batch_size"], shuffle=True)
    val_loader = DataLoader(make_set(config["n_val"], rng), batch_size=40)
    model, criterion = ScanNet(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    for epoch in range(config["epochs"]):
        model.train()
        train_loss = 0.0
        for volume, label in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(volume), label)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(label)
        model.eval()
        val_loss, hits = 0.0, 0
        with torch.no_grad():
            for volume, label in val_loader:
                out = model(volume)
                val_loss += criterion(out, label).item() * len(label)
                hits += (out.argmax(1) == label).sum().item()
        n = config["n_val"]
        print(f"[{epoch + 1}] train {train_loss / config['n_train']:.3f} val {val_loss / n:.3f} val acc {hits / n:.3f}")


if __name__ == "__main__":
    run(CONFIG)
