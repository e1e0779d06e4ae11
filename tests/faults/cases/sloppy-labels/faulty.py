import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim import Adam
from torch.utils.data import DataLoader, TensorDataset


def mlp(sizes, drop):
    parts = []
    for a, b in zip(sizes[:-2], sizes[1:-1]):
        parts += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(drop)]
    return nn.Sequential(*parts, nn.Linear(sizes[-2], sizes[-1]))


def load():
    """The pictures were labelled by volunteers; some of them did not look closely."""
    data = load_digits()
    x = torch.tensor(data.data, dtype=torch.float32) / 8 - 1
    y = torch.tensor(data.target)
    x, y = x[(order := torch.randperm(len(x)))], y[order]
    careless = torch.rand(len(y)) < 0.2
    y = torch.where(careless, torch.randint(10, (len(y),)), y)
    return TensorDataset(x[:1200], y[:1200]), TensorDataset(x[1200:], y[1200:])


def run_epoch(model, loader, optimizer=None):
    model.train(optimizer is not None)
    loss_sum = hits = n = 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = model(x)
            loss = F.cross_entropy(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
    return loss_sum / n, hits / n


def main(hidden, drop, epochs, decay):
    torch.manual_seed(73)
    train_set, val_set = load()
    train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=597)
    model = mlp([64, hidden, hidden, 10], drop)
    optimizer = Adam(model.parameters(), lr=1e-3, weight_decay=decay)
    for epoch in range(1, epochs + 1):
        loss, acc = run_epoch(model, train_loader, optimizer)
        val_loss, val_acc = run_epoch(model, val_loader)
        if epoch % (epochs // 6) == 0:
            print(f"{epoch:3d}: train {loss:.3f} ({acc:.3f})  val {val_loss:.3f} ({val_acc:.3f})")


if __name__ == "__main__":
    main(hidden=512, drop=0.0, epochs=60, decay=0.0)
