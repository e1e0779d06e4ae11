import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class WinePoints(nn.Module):
    def __init__(self, n_features, hidden=96, p=0.4):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.ReLU(),
            nn.Dropout(p),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(p),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(1)


def make_wines(n, rng):
    lab = rng.normal(size=(n, 11)).astype(np.float32)
    points = (1.2 * lab[:, 0] - 0.8 * lab[:, 1] + 0.9 * np.maximum(lab[:, 2], 0) - 0.5 * lab[:, 3] ** 2
              + 0.5 * lab[:, 4] * lab[:, 5] + 0.2 * rng.normal(size=n))
    return lab, ((points - points.mean()) / points.std()).astype(np.float32)


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for lab, points in loader:
        optimizer.zero_grad()
        loss = criterion(model(lab), points)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(lab)
    return total / len(loader.dataset)


def evaluate(model, loader, criterion):
    model.eval()
    total, spread = 0.0, 0.0
    with torch.no_grad():
        for lab, points in loader:
            total += criterion(model(lab), points).item() * len(lab)
            spread += (points ** 2).sum().item()
    mse = total / len(loader.dataset)
    return mse, 1 - total / spread


def main():
    torch.manual_seed(5)
    lab, points = make_wines(3200, np.random.default_rng(5))
    lab_tr, lab_va, pts_tr, pts_va = train_test_split(lab, points, test_size=0.25, random_state=5)
    train_loader = DataLoader(TensorDataset(torch.from_numpy(lab_tr), torch.from_numpy(pts_tr)), batch_size=64, shuffle=True)
    val_loader = DataLoader(TensorDataset(torch.from_numpy(lab_va), torch.from_numpy(pts_va)), batch_size=256)
    model = WinePoints(lab.shape[1])
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(1, 19):
        train_mse = train_one_epoch(model, train_loader, criterion, optimizer)
        val_mse, r2 = evaluate(model, val_loader, criterion)
        print(f"epoch {epoch:2d}: train mse {train_mse:.4f}, val mse {val_mse:.4f}, val R2 {r2:.4f}")


if __name__ == "__main__":
    main()
