import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F

TOKENS = 10
LAG = 4


def make_batch(n, length=20):
    x = torch.randint(0, TOKENS, (n, length))
    return x, x[:, :-LAG]


class Recaller(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(TOKENS, 16)
        self.gru = nn.GRU(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, TOKENS)

    def forward(self, x):
        h, _ = self.gru(self.embed(x))
        return self.out(h[:, LAG:])


def main():
    parser = argparse.ArgumentParser(description="recall a token some places back")
    parser.add_argument("--hidden", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=8e-3)
    parser.add_argument("--seed", type=int, default=20)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    model = Recaller(args.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    x_test, y_test = make_batch(500)
    for step in range(1, args.steps + 1):
        model.train()
        x, y = make_batch(args.batch_size)
        loss = F.cross_entropy(model(x).reshape(-1, TOKENS), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 0:
            model.eval()
            with torch.no_grad():
                acc = (model(x_test).argmax(2) == y_test).float().mean().item()
            print(f"step {step:4d} loss {loss.item():.3f} recalled {acc:.3f}")


if __name__ == "__main__":
    main()
