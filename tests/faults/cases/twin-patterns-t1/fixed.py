import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class PairDataset(Dataset):
    """Two recordings of 32 values each and 1.0 if both come from the same one of 40 sources."""

    def __init__(self, size, sources, seed):
        gen = torch.Generator().manual_seed(seed)
        first = torch.randint(len(sources), (size,), generator=gen)
        other = (first + torch.randint(1, len(sources), (size,), generator=gen)) % len(sources)
        self.label = (torch.rand(size, generator=gen) < 0.5).float()
        second = torch.where(self.label == 1, first, other)
        self.left = sources[first] + 0.6 * torch.randn(size, 32, generator=gen)
        self.right = sources[second] + 0.6 * torch.randn(size, 32, generator=gen)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return self.left[i], self.right[i], self.label[i]


class SiameseNet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, dim))
        self.score = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, left, right):
        return self.score(torch.abs(self.tower(left) - self.tower(right)))


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for left, right, label in loader:
        optimizer.zero_grad()
        loss = criterion(model(left, right), label.unsqueeze(1))
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    loss = 0.0
    accuracy = 0.0
    for left, right, label in loader:
        logits = model(left, right)
        loss += criterion(logits, label.unsqueeze(1)).item()
        guess = (torch.sigmoid(logits) > 0.5).float()
        accuracy += (guess == label.unsqueeze(1)).float().mean().item()
    return loss / len(loader), accuracy / len(loader)


def main():
    torch.manual_seed(27)
    sources = torch.randn(40, 32)
    train_loader = DataLoader(PairDataset(20000, sources, seed=1), batch_size=64, shuffle=True)
    val_loader = DataLoader(PairDataset(1000, sources, seed=2), batch_size=100)

    model = SiameseNet()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(1, 7):
        train_loss = train_one_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        print(f"Epoch [{epoch}/6]  train loss: {train_loss:.4f}  val loss: {val_loss:.4f}  val acc: {val_acc:.4f}")


if __name__ == "__main__":
    main()
