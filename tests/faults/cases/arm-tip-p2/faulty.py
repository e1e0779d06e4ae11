import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

LINKS = (1.0, 0.8, 0.6, 0.4)


def arm_tip(angles, shoulder):
    """Position in space: the base turns, then four joints bend in one plane."""
    bend = angles.cumsum(dim=1)
    lengths = torch.tensor(LINKS)
    reach = (lengths * bend.cos()).sum(1)
    height = (lengths * bend.sin()).sum(1)
    return torch.stack([reach * shoulder.cos(), reach * shoulder.sin(), height], dim=1)


def make_dataset(n=5000):
    angles = (torch.rand(n, 4) - 0.5) * 2.0
    shoulder = (torch.rand(n) - 0.5) * 2.4
    load = torch.rand(n) - 0.5
    tip = arm_tip(angles, shoulder)
    tip[:, 2] -= 0.3 * load * tip[:, 0]
    x = torch.cat([angles, shoulder[:, None], load[:, None]], dim=1)
    return TensorDataset((x - x.mean(0)) / x.std(0), (tip - tip.mean(0)) / tip.std(0))


class Kinematics(nn.Module):
    def __init__(self, width=96, depth=3):
        super().__init__()
        sizes = [6] + [width] * depth
        layers = []
        for a, b in zip(sizes, sizes[1:]):
            layers += [nn.Linear(a, b), nn.Tanh()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 3)
        for layer in self.body:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        return self.head(self.body(x))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            loss = criterion(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
    return total / len(loader.dataset)


def main():
    torch.manual_seed(17)
    train_set, val_set = random_split(make_dataset(), [4000, 1000])
    train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=500)
    model, criterion = Kinematics(), nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(1, 26):
        train_loss = run_epoch(model, train_loader, criterion, optimizer)
        val_loss = run_epoch(model, val_loader, criterion)
        if epoch % 5 == 0:
            print(f"[{epoch:3d}] train {train_loss:.4f} val {val_loss:.4f} explained {1 - val_loss:.3f}")


if __name__ == "__main__":
    main()
