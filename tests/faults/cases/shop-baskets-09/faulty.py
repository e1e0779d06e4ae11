import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

AISLES = 12


def baskets(n, gen):
    """Four aisles in a row; the next depends on the last two."""
    walk = torch.randint(0, AISLES, (n, 2), generator=gen)
    for _ in range(3):
        usual = (2 * walk[:, -1] + walk[:, -2] + 3) % AISLES
        other = torch.randint(0, AISLES, (n,), generator=gen)
        step = torch.where(torch.rand(n, generator=gen) < 0.85, usual, other)
        walk = torch.cat([walk, step[:, None]], dim=1)
    return TensorDataset(walk[:, :4], walk[:, 4])


class NextAisle(nn.Module):
    def __init__(self, dim=16, hidden=96):
        super().__init__()
        self.embed = nn.Embedding(AISLES, dim)
        self.mlp = nn.Sequential(nn.Linear(4 * dim, hidden), nn.Tanh(), nn.Linear(hidden, AISLES))

    def forward(self, walk):
        return self.mlp(self.embed(walk).flatten(1))


def correct(scores, following):
    _, guess = scores.topk(1, dim=0)
    return (guess.flatten() == following).sum().item()


def run(loader, model, criterion, optimizer=None):
    losses, hits, n = 0.0, 0, 0
    for walk, following in loader:
        scores = model(walk)
        loss = criterion(scores, following)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        hits += correct(scores, following)
        losses += loss.item() * len(walk)
        n += len(walk)
    return losses / n, hits / n


torch.manual_seed(9)
gen = torch.Generator().manual_seed(9)
train_loader = DataLoader(baskets(6000, gen), batch_size=12, shuffle=True)
test_loader = DataLoader(baskets(1200, gen), batch_size=12)
model = NextAisle()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 11):
    model.train()
    train_loss, _ = run(train_loader, model, criterion, optimizer)
    model.eval()
    with torch.no_grad():
        test_loss, test_hits = run(test_loader, model, criterion)
    print(f"epoch {epoch:2d} train loss {train_loss:.3f} test loss {test_loss:.3f} test hits {test_hits:.3f}")
