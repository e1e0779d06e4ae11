import argparse
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


def make_sequence(gen):
    """Accelerometer-like stream; tag 1 from a rising jolt until the next falling jolt, tag 2 after that."""
    n = int(torch.randint(20, 40, (1,), generator=gen))
    x = torch.randn(n, 4, generator=gen) * 0.3
    tags = torch.zeros(n, dtype=torch.long)
    on, off = sorted(torch.randperm(n - 4, generator=gen)[:2].tolist())
    x[on + 1, 0] += 2.5
    x[off + 3, 1] -= 2.5
    tags[on + 1:off + 3] = 1
    tags[off + 3:] = 2
    return x, tags


def collate(samples):
    xs, ys = zip(*samples)
    x = pad_sequence(xs, batch_first=True)
    y = pad_sequence(ys, batch_first=True, padding_value=-100)
    return x, y


class GestureTagger(nn.Module):
    def __init__(self, n_features, n_hidden, n_tags):
        super().__init__()
        self.gru = nn.GRU(n_features, n_hidden, num_layers=1, batch_first=True)
        self.norm = nn.LayerNorm(n_hidden)
        self.classify = nn.Linear(n_hidden, n_tags)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.classify(self.norm(states))


def train_one_epoch(model, loader, optimizer, loss_fn):
    model.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    right = seen = 0
    for x, y in loader:
        keep = y != -100
        right += (model(x).argmax(-1)[keep] == y[keep]).sum().item()
        seen += keep.sum().item()
    return right / seen


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=7)
    p.add_argument("--lr", type=float, default=5e-3)
    p.add_argument("--hidden", type=int, default=24)
    args = p.parse_args()

    torch.manual_seed(1)
    gen = torch.Generator().manual_seed(1)
    train = DataLoader([make_sequence(gen) for _ in range(800)], batch_size=32, shuffle=True, collate_fn=collate)
    val = DataLoader([make_sequence(gen) for _ in range(200)], batch_size=50, collate_fn=collate)
    model = GestureTagger(4, args.hidden, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    loss_fn = nn.CrossEntropyLoss(ignore_index=-100)
    for epoch in range(args.epochs):
        loss = train_one_epoch(model, train, optimizer, loss_fn)
        print(f"epoch {epoch}: loss={loss:.4f} val_token_acc={evaluate(model, val):.4f}")


if __name__ == "__main__":
    main()
