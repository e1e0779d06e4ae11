import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class PastedDigits(Dataset):
    def __init__(self, images, labels, seed):
        g = torch.Generator().manual_seed(seed)
        self.labels = labels
        self.canvas = torch.zeros(len(images), 1, 9, 9)
        where = torch.randint(0, 2, (len(images), 2), generator=g)
        for i, (r, c) in enumerate(where.tolist()):
            self.canvas[i, 0, r:r + 8, c:c + 8] = images[i]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.canvas[i], self.labels[i]


class Trainer:
    def __init__(self, model, train_loader, val_loader):
        self.model = model
        self.train_loader, self.val_loader = train_loader, val_loader
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimizer, mode="max", factor=0.1, patience=1)

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        hits = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.val_loader)
        return hits / len(self.val_loader.dataset)

    def run(self, epochs):
        for epoch in range(1, epochs + 1):
            loss = self.train_epoch()
            acc = self.validate()
            self.scheduler.step(acc)
            print(f"epoch {epoch:2d}: loss {loss:.3f}, val accuracy {acc:.3f}")


def main():
    torch.manual_seed(14)
    data = load_digits()
    order = torch.randperm(len(data.target))
    images = torch.tensor(data.images, dtype=torch.float32)[order] / 8
    labels = torch.tensor(data.target)[order]
    train = PastedDigits(images[:1400], labels[:1400], 0)
    val = PastedDigits(images[1400:], labels[1400:], 1)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24 * 4, 48), nn.ReLU(), nn.Linear(48, 10),
    )
    Trainer(model, DataLoader(train, 32, shuffle=True), DataLoader(val, 200)).run(14)


if __name__ == "__main__":
    main()
