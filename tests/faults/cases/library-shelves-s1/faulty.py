import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB, SHELVES, WORDS = 600, 24, 9


class TitleClassifier(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim, mode="mean")
        self.fc1 = nn.Linear(embed_dim, 64)
        self.fc2 = nn.Linear(64, num_class)

    def forward(self, titles):
        x = self.embedding(titles)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return F.softmax(x, dim=1)


def make_titles(n, rng):
    """A third of the words of a title come from those that its shelf likes."""
    shelves = rng.integers(0, SHELVES, n)
    titles = rng.integers(0, VOCAB, (n, WORDS))
    typical = shelves[:, None] * 20 + rng.integers(0, 20, (n, WORDS))
    titles = np.where(rng.random((n, WORDS)) < 0.5, typical, titles)
    return torch.from_numpy(titles), torch.from_numpy(shelves)


def accuracy(model, titles, shelves):
    model.eval()
    with torch.no_grad():
        output = model(titles)
    return (output.argmax(dim=1) == shelves).float().mean().item(), F.cross_entropy(output, shelves).item()


def train(model, optimizer, titles, shelves, batch_size=64):
    model.train()
    order = torch.randperm(len(titles))
    total_loss = 0.0
    for start in range(0, len(titles), batch_size):
        batch = order[start:start + batch_size]
        optimizer.zero_grad()
        output = model(titles[batch])
        loss = F.cross_entropy(output, shelves[batch])
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * len(batch)
    return total_loss / len(titles)


if __name__ == "__main__":
    torch.manual_seed(2)
    rng = np.random.default_rng(2)
    train_titles, train_shelves = make_titles(40000, rng)
    test_titles, test_shelves = make_titles(1500, rng)

    model = TitleClassifier(VOCAB, 16, SHELVES)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    for epoch in range(1, 6):
        loss = train(model, optimizer, train_titles, train_shelves)
        acc, test_loss = accuracy(model, test_titles, test_shelves)
        print(f"| epoch {epoch:2d} | train loss {loss:.3f} | test loss {test_loss:.3f} | test accuracy {acc:.3f}")
