import argparse

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--batch_size", type=int, default=64)
    p.add_argument("--epochs", type=int, default=6)
    p.add_argument("--dim", type=int, default=32)
    p.add_argument("--seed", type=int, default=2)
    return p.parse_args()


def sentences(n, generator):
    """12 tokens: subject (2..5) and verb (6..9) hidden in noise; do the two agree?"""
    tokens = torch.randint(10, 30, (n, 12), generator=generator)
    subject = torch.randint(0, 4, (n,), generator=generator)
    agree = torch.rand(n, generator=generator) < 0.5
    verb = torch.where(agree, subject, (subject + torch.randint(1, 4, (n,), generator=generator)) % 4)
    rows = torch.arange(n)
    tokens[rows, torch.randint(0, 6, (n,), generator=generator)] = subject + 2
    tokens[rows, torch.randint(6, 12, (n,), generator=generator)] = verb + 6
    return TensorDataset(tokens, agree.long())


class Reader(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.word = nn.Embedding(30, dim)
        self.place = nn.Parameter(torch.randn(12, dim) * 0.1)
        self.block = nn.TransformerEncoderLayer(dim, 4, dim * 2, dropout=0.0, batch_first=True)
        self.head = nn.Linear(dim, 2)

    def forward(self, tokens):
        h = self.block(self.word(tokens) + self.place)
        return self.head(h.max(dim=1).values)


def evaluate(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for tokens, label in loader:
            hits += (model(tokens).argmax(-1) == label).sum().item()
    return hits / len(loader.dataset)


def main(args):
    torch.manual_seed(args.seed)
    gen = torch.Generator().manual_seed(args.seed)
    train_loader = DataLoader(sentences(6000, gen), args.batch_size, shuffle=True)
    test_loader = DataLoader(sentences(1000, gen), 500)
    model = Reader(args.dim)
    # linear scaling rule: the rate grows with the batch
    optimizer = optim.AdamW(model.parameters(), lr=args.lr * args.batch_size / 16)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        model.train()
        total = 0
        for tokens, label in train_loader:
            loss = criterion(model(tokens), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"[{epoch + 1}/{args.epochs}] loss {total / len(train_loader):.4f} test acc {evaluate(model, test_loader):.3f}")


if __name__ == "__main__":
    main(get_args())
