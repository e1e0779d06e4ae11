import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(99)

VOICES, FRAMES, BANDS = 6, 24, 16
ACCUMULATE = 8

timbres = torch.randn(VOICES, BANDS)


def recordings(n):
    """Every voice sings for a few frames or not at all, in front of a loud room."""
    present = (torch.rand(n, VOICES) < 0.4).float()
    start = torch.randint(0, FRAMES - 4, (n, VOICES, 1))
    t = torch.arange(FRAMES)
    sings = ((t >= start) & (t < start + 4)).float() * present.unsqueeze(-1)  # n, voices, frames
    spectra = torch.einsum("nvt,vb->ntb", sings, timbres)
    return (spectra + 0.8 * torch.randn(n, FRAMES, BANDS)) / 1.2, present


class VoiceTagger(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(BANDS, hidden, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(hidden, hidden, 3, padding=1),
            nn.ReLU(),
        )
        self.attend = nn.Linear(hidden, 1)
        self.tags = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, VOICES))

    def forward(self, x):
        h = self.conv(x.transpose(1, 2)).transpose(1, 2)  # batch, frames, hidden
        weights = torch.softmax(self.attend(h), dim=0)
        scores = self.tags((weights * h).sum(dim=1))
        return torch.sigmoid(scores)


def f1(predicted, truth):
    hits = (predicted * truth).sum()
    return (2 * hits / (predicted.sum() + truth.sum()).clamp(min=1)).item()


x, y = recordings(2600)
train_loader = DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=8, shuffle=True, drop_last=True)
val_loader = DataLoader(TensorDataset(x[2000:], y[2000:]), batch_size=100)

model = VoiceTagger()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.15, momentum=0.9)

for epoch in range(14):
    model.train()
    train_loss = 0.0
    optimizer.zero_grad()
    for i, (frames, voices) in enumerate(train_loader, start=1):
        loss = criterion(model(frames), voices)
        train_loss += loss.item()
        loss.backward()
        if i % ACCUMULATE == 0 or i == len(train_loader):
            optimizer.step()
            optimizer.zero_grad()

    model.eval()
    val_loss, predicted = 0.0, []
    with torch.no_grad():
        for frames, voices in val_loader:
            output = model(frames)
            val_loss += criterion(output, voices).item() / len(val_loader)
            predicted.append((output > 0.5).float())
    score = f1(torch.cat(predicted), y[2000:])
    print(f"epoch {epoch + 1:2d}  train {train_loss / len(train_loader):.4f}  val {val_loss:.4f}  F1 {score:.3f}")
