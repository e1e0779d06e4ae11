import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOCOMOTIVES, BINS = 12, 64


def horn_chords():
    """Each horn is a chord of three tones with two overtones each."""
    chords = torch.zeros(LOCOMOTIVES, BINS)
    for i in range(LOCOMOTIVES):
        for tone in torch.randint(6, 22, (3,)).tolist():
            for k, strength in [(1, 1.0), (2, 0.6), (3, 0.3)]:
                if tone * k < BINS:
                    chords[i, tone * k] += strength
    return chords


def recordings(n, chords):
    labels = torch.randint(LOCOMOTIVES, (n,))
    loudness = 0.7 + 0.6 * torch.rand(n, 1)
    spectra = loudness * chords[labels] + 0.42 * torch.randn(n, BINS)
    return spectra, labels


class HornNet(nn.Module):
    def __init__(self, width=64, p=0.5):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(BINS, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(p),
            nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(p),
            nn.Linear(width, LOCOMOTIVES),
        )

    def forward(self, x):
        return self.layers(x)


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for spectra, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(spectra), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion):
    total, correct, count = 0.0, 0, 0
    for spectra, labels in loader:
        output = model(spectra)
        total += criterion(output, labels).item()
        correct += (output.argmax(dim=1) == labels).sum().item()
        count += len(labels)
    return total / len(loader), correct / count


torch.manual_seed(18)
chords = horn_chords()
x, y = recordings(6000, chords)
x = (x - x[:5000].mean(0)) / x[:5000].std(0)
train_loader = DataLoader(TensorDataset(x[:5000], y[:5000]), batch_size=50, shuffle=True)
val_loader = DataLoader(TensorDataset(x[5000:], y[5000:]), batch_size=50)

model = HornNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(15):
    train_loss = train_one_epoch(model, train_loader, criterion, optimizer)
    val_loss, val_acc = evaluate(model, val_loader, criterion)
    print(f"epoch {epoch + 1}: train loss {train_loss:.4f}, val loss {val_loss:.4f}, val accuracy {val_acc:.4f}")
