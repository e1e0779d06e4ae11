import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

VOCAB, LENGTH, CLASSES = 40, 24, 8
MARKER = VOCAB


class Streams(Dataset):
    """One marker somewhere in each stream; the token right after it tells the class."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.tokens = torch.randint(0, VOCAB, (n, LENGTH), generator=g)
        spot = torch.randint(0, LENGTH - 1, (n,), generator=g)
        rows = torch.arange(n)
        self.tokens[rows, spot] = MARKER
        self.labels = self.tokens[rows, spot + 1] % CLASSES

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.tokens[i], self.labels[i]


class AttentionPool(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.score = nn.Linear(dim, 1)

    def forward(self, h):
        weights = torch.softmax(self.score(h).squeeze(-1), dim=1)
        self.last_weights = weights = weights.detach()
        return torch.einsum("bt,btd->bd", weights, h)


class KeywordNet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = nn.Embedding(VOCAB + 1, dim)
        self.previous = nn.Linear(dim, dim)
        self.pool = AttentionPool(2 * dim)
        self.classify = nn.Linear(2 * dim, CLASSES)

    def forward(self, tokens):
        e = self.embed(tokens)
        before = self.previous(torch.roll(e, 1, dims=1))
        return self.classify(self.pool(torch.cat([e, before], dim=2)))


def main():
    torch.manual_seed(1)
    train_loader = DataLoader(Streams(5000, 1), batch_size=50, shuffle=True)
    val_loader = DataLoader(Streams(1000, 2), batch_size=500)
    net = KeywordNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    for epoch in range(1, 11):
        net.train()
        total = 0.0
        for tokens, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(tokens), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        net.eval()
        hits, sharp = 0, 0.0
        with torch.no_grad():
            for tokens, labels in val_loader:
                hits += (net(tokens).argmax(1) == labels).sum().item()
                sharp = net.pool.last_weights.max(1).values.mean().item()
        print(f"epoch {epoch}: loss {total / len(train_loader):.3f} sharpest weight {sharp:.2f} val acc {hits / 1000:.3f}")


main()
