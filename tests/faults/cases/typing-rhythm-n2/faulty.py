import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class KeystrokeDataset(Dataset):
    """Sequences of (hold time, gap to next key, pressure) of several typists, standardised."""

    def __init__(self, n, typists=5, steps=30, seed=0):
        g = torch.Generator().manual_seed(seed)
        style = torch.Generator().manual_seed(99)
        period = torch.tensor([3.0, 4.0, 5.0, 6.0, 8.0])[:typists]
        phase = torch.rand(typists, 3, generator=style) * 6
        self.y = torch.randint(typists, (n,), generator=g)
        t = torch.arange(steps).float()[None, :, None] + 30 * torch.rand(n, 1, 1, generator=g)
        angle = 2 * torch.pi * t / period[self.y][:, None, None] + phase[self.y][:, None, :]
        self.x = torch.sin(angle) + 0.6 * torch.randn(n, steps, 3, generator=g)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class TypistLSTM(nn.Module):
    def __init__(self, n_features=3, hidden=40, n_classes=5):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, num_layers=1)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(hidden, n_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        last = out[:, -1, :]
        return self.fc(self.drop(last))


def evaluate(model, loader, criterion):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            scores = model(x)
            loss += criterion(scores, y).item() * len(y)
            correct += (scores.argmax(1) == y).sum().item()
    return loss / len(loader.dataset), correct / len(loader.dataset)


def main():
    torch.manual_seed(0)
    train_loader = DataLoader(KeystrokeDataset(2500, seed=1), batch_size=50, shuffle=True)
    test_loader = DataLoader(KeystrokeDataset(500, seed=2), batch_size=50)
    model = TypistLSTM()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(1, 13):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            total += loss.item() * len(y)
        test_loss, test_acc = evaluate(model, test_loader, criterion)
        print(f"Epoch {epoch:02d} | train loss {total / 2500:.3f} | test loss {test_loss:.3f} | test acc {test_acc:.3f}")


if __name__ == "__main__":
    main()
