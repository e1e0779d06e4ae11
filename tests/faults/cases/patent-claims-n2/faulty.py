import numpy as np
import torch
from torch import nn

FIELDS = 6
VOCAB = 1000
WORDS = 30


def make_claims(n, rng):
    topic_words = np.random.default_rng(0).permutation(VOCAB)[: FIELDS * 40].reshape(FIELDS, 40)
    fields = rng.integers(FIELDS, size=n)
    claims = rng.integers(VOCAB, size=(n, WORDS))
    for i, f in enumerate(fields):
        k = rng.integers(4, 9)
        claims[i, :k] = rng.choice(topic_words[f], k)
        other = rng.integers(FIELDS)
        claims[i, k] = rng.choice(topic_words[other])
        rng.shuffle(claims[i])
    return claims, fields


def idf(claims):
    seen = np.zeros(VOCAB)
    for row in claims:
        seen[np.unique(row)] += 1
    return (np.log((1 + len(claims)) / (1 + seen)) + 1).astype(np.float32)


class ClaimClassifier(nn.Module):
    def __init__(self, weights, dim=16):
        super().__init__()
        self.weights = weights
        self.embedding = nn.Embedding(VOCAB, dim)
        self.norm = nn.LayerNorm(dim)
        self.hidden = nn.Linear(dim, 32)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(32, FIELDS)

    def doc_vectors(self, tokens):
        vectors = self.embedding(tokens).detach().numpy()
        w = self.weights[tokens.numpy()][..., None]
        return torch.from_numpy((vectors * w).sum(axis=1) / w.sum(axis=1))

    def forward(self, tokens):
        doc = self.norm(self.doc_vectors(tokens))
        return self.out(self.dropout(torch.relu(self.hidden(doc))))


def run_epoch(model, tokens, labels, criterion, optimizer=None, batch_size=64):
    model.train(optimizer is not None)
    order = torch.randperm(len(labels)) if optimizer else torch.arange(len(labels))
    loss_sum, right = 0.0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for start in range(0, len(labels), batch_size):
            idx = order[start:start + batch_size]
            scores = model(tokens[idx])
            loss = criterion(scores, labels[idx])
            if optimizer:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(idx)
            right += (scores.argmax(1) == labels[idx]).sum().item()
    return loss_sum / len(labels), right / len(labels)


def main():
    torch.manual_seed(11)
    rng = np.random.default_rng(11)
    train_x, train_y = make_claims(12000, rng)
    val_x, val_y = make_claims(1000, rng)
    model = ClaimClassifier(idf(train_x))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    train_x, train_y = torch.from_numpy(train_x), torch.from_numpy(train_y)
    val_x, val_y = torch.from_numpy(val_x), torch.from_numpy(val_y)
    for epoch in range(1, 9):
        tr_loss, tr_acc = run_epoch(model, train_x, train_y, criterion, optimizer)
        va_loss, va_acc = run_epoch(model, val_x, val_y, criterion)
        print(f"{epoch:2d}  train {tr_loss:.3f} / {tr_acc:.3f}   val {va_loss:.3f} / {va_acc:.3f}")


if __name__ == "__main__":
    main()
