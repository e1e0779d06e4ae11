import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, random_split

MATERIALS = {"brick": (0.06, 14), "wood": (0.11, 22), "plaster": (0.17, 30), "concrete": (0.24, 10)}
LENGTH = 128


def simulate_session(n, seed):
    """A session of n knocks: the clips by file name, and the notebook with one material per knock."""
    rng = np.random.default_rng(seed)
    clips, notebook = {}, []
    t = np.arange(LENGTH)
    for i in range(n):
        material = str(rng.choice(list(MATERIALS)))
        freq, decay = MATERIALS[material]
        start = rng.integers(0, 30)
        tone = np.sin(2 * np.pi * freq * rng.normal(1, 0.06) * (t - start)) * np.exp(-(t - start) / decay)
        clip = np.where(t >= start, tone, 0) * rng.uniform(0.7, 1.3) + 0.08 * rng.normal(size=LENGTH)
        clips[f"knock_{i}.wav"] = clip.astype(np.float32)
        notebook.append(material)
    return clips, notebook


class KnockDataset(Dataset):
    def __init__(self, clips, notebook):
        self.clips = clips
        self.files = sorted(clips, key=lambda name: int(name[6:-4]))
        self.labels = [list(MATERIALS).index(material) for material in notebook]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        clip = self.clips[self.files[i]]
        return torch.from_numpy(clip / 0.25)[None], self.labels[i]


class KnockNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 16, 9, padding=4), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 9, padding=4), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveMaxPool1d(1),
        )
        self.fc = nn.Linear(32, n_classes)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


def evaluate(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(1) == y).sum().item()
    return hits / len(loader.dataset)


def main():
    torch.manual_seed(4)
    dataset = KnockDataset(*simulate_session(1200, seed=4))
    train_set, val_set = random_split(dataset, [900, 300])
    train_loader = DataLoader(train_set, batch_size=30, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=100)
    model = KnockNet(len(MATERIALS))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(8):
        model.train()
        running = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch}: train loss {running / len(train_loader):.3f} val acc {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
