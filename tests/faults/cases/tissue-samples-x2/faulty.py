from argparse import Namespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


def simulate(n=360, genes=500, seed=4):
    rng = np.random.default_rng(seed)
    tumour = rng.integers(0, 2, n)
    pathway = rng.normal(size=(6, genes)) / np.sqrt(genes)
    activity = rng.normal(size=(n, 6))
    activity[:, 0] = 2 * tumour - 1 + 0.3 * rng.normal(size=n)
    expression = activity @ pathway * 1.9 + rng.normal(size=(n, genes))
    return expression.astype(np.float32), tumour.astype(np.int64)


class TissueSamples(Dataset):
    def __init__(self, part: str, val_share: float = 0.3):
        expression, tumour = simulate()
        order = np.random.permutation(len(tumour))
        n_val = int(val_share * len(tumour))
        keep = order[:n_val] if part == "val" else order[n_val:]
        self.x = torch.from_numpy(expression[keep])
        self.y = torch.from_numpy(tumour[keep])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Net(nn.Module):
    def __init__(self, genes, hidden):
        super().__init__()
        self.hidden = nn.Linear(genes, hidden)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.out(self.drop(F.relu(self.hidden(x))))


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    loss, hits, n = 0.0, 0, 0
    for x, y in loader:
        logits = model(x)
        loss += F.cross_entropy(logits, y, reduction="sum").item()
        hits += (logits.argmax(-1) == y).sum().item()
        n += len(y)
    return loss / n, hits / n


def main(args):
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    train_set, val_set = TissueSamples("train"), TissueSamples("val")
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=128)
    model = Net(train_set.x.shape[1], args.hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.decay)
    for epoch in range(args.epochs):
        model.train()
        for x, y in train_loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss, acc = evaluate(model, val_loader)
        if epoch % 3 == 2:
            print(f"[{epoch + 1:3d}] validation loss {loss:.3f}  validation accuracy {acc:.3f}")


main(Namespace(seed=0, batch_size=24, hidden=48, lr=5e-4, decay=0.1, epochs=18))
