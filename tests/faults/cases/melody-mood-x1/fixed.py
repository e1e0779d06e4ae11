import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def melodies(count: int, length: int = 20, seed: int = 0):
    """Random walks over a scale; the mood is set by whether the walk's rises outweigh its falls and how it opens."""
    gen = torch.Generator().manual_seed(seed)
    steps = torch.randint(-2, 3, (count, length), generator=gen)
    notes = (12 + steps.cumsum(1)).clamp(0, 23)
    opening = notes[:, 0] > 12
    rising = notes[:, -1] > notes[:, length // 2]
    return notes, opening.long() * 2 + rising.long()


class MoodClassifier(nn.Module):
    MOODS = 4

    def __init__(self, pitches=24, dim=12, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(pitches, dim)
        self.lstm = nn.LSTM(dim, hidden, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * hidden, self.MOODS)

    def forward(self, notes):
        _, (h_n, _) = self.lstm(self.embed(notes))
        features = h_n.transpose(0, 1).reshape(-1, 2 * self.hidden)
        return self.fc(features)

    def fit(self, loader, val_loader, epochs=10, lr=5e-3):
        opt = torch.optim.AdamW(self.parameters(), lr=lr)
        criterion = nn.CrossEntropyLoss()
        for epoch in range(epochs):
            self.train()
            running = 0.0
            for notes, mood in loader:
                opt.zero_grad()
                loss = criterion(self(notes), mood)
                loss.backward()
                opt.step()
                running += loss.item()
            print(f"epoch {epoch + 1}: loss {running / len(loader):.3f}, val accuracy {self.score(val_loader):.3f}")
        return self

    @torch.no_grad()
    def score(self, loader):
        self.eval()
        right = total = 0
        for notes, mood in loader:
            right += (self(notes).argmax(dim=1) == mood).sum().item()
            total += len(mood)
        return right / total


if __name__ == "__main__":
    torch.manual_seed(21)
    train = DataLoader(TensorDataset(*melodies(3000, seed=1)), batch_size=60, shuffle=True)
    val = DataLoader(TensorDataset(*melodies(800, seed=2)), batch_size=100)
    MoodClassifier().fit(train, val)
