import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

SPELLS = ["circle", "figure8", "zigzag", "spiral", "flick", "wave"]


def make_sequence(kind, rng, steps=40):
    t = np.linspace(0, 1, steps)
    f = rng.uniform(1.6, 2.4)
    p = rng.uniform(0, 2 * np.pi)
    w = 2 * np.pi * f * t + p
    if kind == 0:
        xyz = [np.cos(w), np.sin(w), 0 * t]
    elif kind == 1:
        xyz = [np.cos(w), np.sin(2 * w) / 2, 0 * t]
    elif kind == 2:
        xyz = [np.sign(np.sin(2 * w)), 0 * t, np.cos(w) / 2]
    elif kind == 3:
        xyz = [t * np.cos(w), t * np.sin(w), 1.5 * t]
    elif kind == 4:
        c = rng.uniform(0.3, 0.6)
        xyz = [2 * np.exp(-(((t - c) / 0.08) ** 2)), 0 * t, np.exp(-(((t - c) / 0.1) ** 2))]
    else:
        xyz = [0 * t, np.sin(w), np.sin(w + 0.5)]
    # hand comes to rest at the end
    xyz = np.stack(xyz, 1) * np.clip((1 - t) * 8, 0, 1)[:, None]
    return xyz * rng.uniform(0.8, 1.2) + rng.normal(0, 0.15, (steps, 3))


def make_data(n, rng):
    y = rng.integers(0, len(SPELLS), n)
    x = np.stack([make_sequence(k, rng) for k in y])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


class SpellLSTM(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm = nn.LSTM(3, hidden, num_layers=1, batch_first=True)
        self.fc = nn.Linear(hidden, len(SPELLS))

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    args = parser.parse_args()

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x_train, y_train = make_data(1200, rng)
    x_val, y_val = make_data(300, rng)

    model = SpellLSTM(args.hidden)
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()

    for epoch in range(args.epochs):
        model.train()
        order = torch.randperm(len(x_train))
        losses = []
        for idx in order.split(args.batch_size):
            loss = criterion(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())

        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            val_loss = criterion(logits, y_val).item()
            acc = (logits.argmax(-1) == y_val).float().mean().item()
        print(f"epoch {epoch + 1:2d} | train {np.mean(losses):.3f} | val {val_loss:.3f} | acc {acc:.3f}")


if __name__ == "__main__":
    main()
