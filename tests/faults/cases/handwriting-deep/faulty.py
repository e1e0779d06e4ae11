import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset, random_split

WIDTHS = [64, 96, 96, 80, 64, 48, 48]


def build(widths, n_classes):
    layers = []
    for n_in, n_out in zip(widths[:-1], widths[1:]):
        layers += [nn.Linear(n_in, n_out), nn.Sigmoid()]
    layers.append(nn.Linear(widths[-1], n_classes))
    return nn.Sequential(*layers)


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.optimizer = optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def train_epoch(self):
        self.model.train()
        total, count = 0.0, 0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * y.size(0)
            count += y.size(0)
        return total / count

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        total, correct, count = 0.0, 0, 0
        for x, y in self.val_loader:
            out = self.model(x)
            total += self.criterion(out, y).item() * y.size(0)
            correct += (out.argmax(1) == y).sum().item()
            count += y.size(0)
        return total / count, correct / count

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"Epoch {epoch}/{epochs} train {train_loss:.4f} val {val_loss:.4f} acc {val_acc:.4f}")


if __name__ == "__main__":
    torch.manual_seed(7)
    digits = load_digits()
    images = torch.tensor(digits.data, dtype=torch.float32)
    images = (images - images.mean()) / images.std()
    train_set, val_set = random_split(TensorDataset(images, torch.tensor(digits.target)), [1400, 397])
    trainer = Trainer(
        build(WIDTHS, 10),
        DataLoader(train_set, batch_size=32, shuffle=True),
        DataLoader(val_set, batch_size=397),
        lr=1e-3,
    )
    trainer.fit(15)
