import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ResBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(dim, dim),
            nn.BatchNorm1d(dim),
            nn.ReLU(),
            nn.Linear(dim, dim),
        )
        self.norm = nn.BatchNorm1d(dim)

    def forward(self, x):
        return torch.relu(self.norm(x + self.net(x)))


class HardnessModel(nn.Module):
    def __init__(self, n_features, dim=32):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(n_features, dim), nn.BatchNorm1d(dim), nn.ReLU())
        self.blocks = nn.Sequential(ResBlock(dim), ResBlock(dim))
        self.head = nn.Linear(dim, 1)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x))).squeeze(1)


def melt_shop(n, seed):
    """8 columns (six alloying elements, temperature, cooling rate), already standardised; hardness likewise."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 8, generator=g)
    carbon, chrome, nickel, mangan, silicon, vanadium, temp, cooling = x.T
    hardness = 0.7 * carbon + 0.3 * chrome * carbon - 0.4 * nickel.abs() + 0.5 * torch.tanh(2 * cooling)
    hardness = hardness - 0.3 * temp * torch.sigmoid(cooling) + 0.2 * vanadium + 0.1 * (mangan - silicon)
    return x, (hardness + 0.32) + 0.05 * torch.randn(n, generator=g)


def main():
    torch.manual_seed(2)
    train_set = TensorDataset(*melt_shop(1000, seed=2))
    valid_set = TensorDataset(*melt_shop(400, seed=3))
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True, drop_last=True)
    valid_loader = DataLoader(valid_set, batch_size=100)

    model = HardnessModel(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.MSELoss()
    variance = valid_set.tensors[1].var().item()

    for epoch in range(12):
        model.train()
        train_loss = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(train_loader)
        model.eval()
        with torch.no_grad():
            valid_loss = sum(criterion(model(x), y).item() * len(x) for x, y in valid_loader) / len(valid_set)
        print(f"epoch {epoch + 1}: train {train_loss:.4f} valid {valid_loss:.4f} explained variance {1 - valid_loss / variance:.3f}")


if __name__ == "__main__":
    main()
