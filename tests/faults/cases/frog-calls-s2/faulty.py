import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SPECIES = ["tree frog", "common toad", "moor frog", "natterjack", "pool frog", "midwife toad"]
BANDS = 24
DEPTH, HIDDEN = 9, 64
ACTIVATION = nn.Sigmoid
EPOCHS, BATCH, LR = 20, 50, 1e-3


def make_mlp(n_in, hidden, depth, n_out):
    layers, width = [], n_in
    for _ in range(depth):
        layers += [nn.Linear(width, hidden), ACTIVATION()]
        width = hidden
    layers.append(nn.Linear(width, n_out))
    return nn.Sequential(*layers)


def calls(n, rng):
    """Mean energy in each band: two harmonics whose pitch varies, and pond noise."""
    kind = rng.integers(0, len(SPECIES), n)
    base = np.array([4.0, 5.5, 7.0, 8.5, 5.0, 6.5])[kind] + rng.normal(0, 0.25, n)
    ratio = np.array([2.0, 2.0, 2.0, 2.0, 3.0, 3.0])[kind]
    loud = rng.uniform(0.8, 1.4, (n, 1))
    band = np.arange(BANDS)[None, :]
    energy = np.exp(-0.5 * ((band - base[:, None]) / 1.2) ** 2)
    energy += 0.8 * np.exp(-0.5 * ((band - (ratio * base)[:, None]) / 1.2) ** 2)
    return loud * energy + rng.normal(0, 0.12, (n, BANDS)), kind


def main():
    torch.manual_seed(11)
    rng = np.random.default_rng(11)
    x_train, y_train = calls(3000, rng)
    x_val, y_val = calls(800, rng)
    mean, std = x_train.mean(0), x_train.std(0)
    x_train = torch.tensor((x_train - mean) / std, dtype=torch.float32)
    x_val = torch.tensor((x_val - mean) / std, dtype=torch.float32)
    y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)

    model = make_mlp(BANDS, HIDDEN, DEPTH, len(SPECIES))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=BATCH, shuffle=True)

    for epoch in range(1, EPOCHS + 1):
        model.train()
        loss_sum, correct = 0.0, 0
        for x, y in loader:
            logits = model(x)
            loss = criterion(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
            correct += (logits.argmax(1) == y).sum().item()
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            val_loss = criterion(logits, y_val).item()
            val_acc = (logits.argmax(1) == y_val).float().mean().item()
        print(f"{epoch:2d}/{EPOCHS}  loss {loss_sum / 3000:.4f}  acc {correct / 3000:.4f}  "
              f"val_loss {val_loss:.4f}  val_acc {val_acc:.4f}")


if __name__ == "__main__":
    main()
