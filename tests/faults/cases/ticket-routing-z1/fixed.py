import numpy as np
import torch
from torch import nn

VOCAB, DESKS, WORDS = 400, 8, 80


def tickets(n, rng):
    """Support tickets: mostly common words, every fifth word comes from the list of one desk."""
    desk = rng.integers(0, DESKS, n)
    text = rng.integers(0, VOCAB, (n, WORDS))
    own = desk[:, None] * 30 + rng.integers(0, 30, (n, WORDS))
    return torch.from_numpy(np.where(rng.random((n, WORDS)) < 0.2, own, text)), torch.from_numpy(desk)


class Router(nn.Module):
    def __init__(self, dim=32, hidden=48):
        super().__init__()
        self.words = nn.Embedding(VOCAB, dim)
        self.hidden = nn.Linear(dim, hidden)
        self.desk = nn.Linear(hidden, DESKS)

    def forward(self, text):
        place = torch.arange(text.size(1), dtype=torch.float32).unsqueeze(-1)
        h = self.words(text) + place / text.size(1)
        h = torch.tanh(self.hidden(h))
        return self.desk(h.mean(dim=1))


class RouterClassifier:
    def __init__(self, epochs=8, lr=0.005, batch_size=32):
        self.epochs, self.lr, self.batch_size = epochs, lr, batch_size

    def fit(self, X, y):
        self.net_ = Router()
        opt = torch.optim.Adam(self.net_.parameters(), lr=self.lr)
        criterion = nn.CrossEntropyLoss()
        self.history_ = []
        for _ in range(self.epochs):
            total = 0
            for i in torch.randperm(len(X)).split(self.batch_size):
                opt.zero_grad()
                loss = criterion(self.net_(X[i]), y[i])
                loss.backward()
                opt.step()
                total += loss.item() * len(i)
            self.history_.append(total / len(X))
        return self

    def score(self, X, y):
        with torch.no_grad():
            return (self.net_(X).argmax(1) == y).double().mean().item()


torch.manual_seed(14)
rng = np.random.default_rng(14)
X_train, y_train = tickets(2000, rng)
X_test, y_test = tickets(500, rng)
clf = RouterClassifier().fit(X_train, y_train)
print("loss per epoch:", " ".join(f"{v:.3f}" for v in clf.history_))
print(f"accuracy train {clf.score(X_train, y_train):.3f} test {clf.score(X_test, y_test):.3f}")
