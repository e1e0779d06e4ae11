import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build_parser():
    parser = argparse.ArgumentParser(description="heating need")
    parser.add_argument("--epochs", default=60, type=int)
    parser.add_argument("--micro-batch", default=64, type=int)
    parser.add_argument("--accumulate", default=2, type=int, help="micro batches per update")
    parser.add_argument("--lr", default=5e-3, type=float)
    parser.add_argument("--seed", default=13, type=int)
    return parser


def houses(n):
    x = torch.rand(n, 8) * 2 - 1
    need = 2 * x[:, 0] - x[:, 1] * x[:, 2] + (x[:, 3] > 0).float() * x[:, 4] + 0.5 * x[:, 5] ** 2
    return x, ((need + 0.1 * torch.randn(n) - 0.17) / 1.25).unsqueeze(1)


def train_one_epoch(model, loader, optimizer, accumulate):
    model.train()
    optimizer.zero_grad()
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = nn.functional.mse_loss(model(x), y)
        (loss / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()
    return total / len(loader)


def main():
    args = build_parser().parse_args()
    torch.manual_seed(args.seed)
    x, y = houses(768)
    x_val, y_val = houses(300)
    loader = DataLoader(TensorDataset(x, y), batch_size=args.micro_batch, shuffle=True)
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    for epoch in range(1, args.epochs + 1):
        loss = train_one_epoch(model, loader, optimizer, args.accumulate)
        if epoch % 10 == 0:
            model.eval()
            with torch.no_grad():
                val = nn.functional.mse_loss(model(x_val), y_val).item()
            print(f"epoch {epoch} train mse {loss:.4f} val mse {val:.4f}")


if __name__ == "__main__":
    main()
