import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

dtype = torch.float32


def plates(n, gen):
    width, hole, thickness, load, offset = torch.rand(5, n, generator=gen)
    width, hole, thickness = 1 + width, 0.1 + 0.5 * hole, 0.5 + thickness
    nominal = (0.5 + load) / ((width - hole) * thickness)
    ratio = hole / width
    peak = nominal * (3 - 3.14 * ratio + 3.67 * ratio ** 2) * (1 + 0.4 * offset ** 2)
    x = torch.stack([width, hole, thickness, load, offset], dim=1)
    return x, torch.log(peak).unsqueeze(1) + 0.02 * torch.randn(n, 1, generator=gen)


class StressNet(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.fc1 = nn.Linear(5, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, 1)
        self.act = nn.SiLU()

    def forward(self, x):
        x = self.act(self.fc1(x))
        x = self.act(self.fc2(x))
        return self.fc3(x)


def main():
    torch.manual_seed(70)
    gen = torch.Generator().manual_seed(70)
    x, y = plates(2500, gen)
    x_mean, x_std, y_mean, y_std = x[:2000].mean(0), x[:2000].std(0), y[:2000].mean(), y[:2000].std()
    x = ((x - x_mean) / x_std).to(dtype)
    y = ((y - y_mean) / y_std).to(dtype)
    train_loader = DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=50, shuffle=True)
    x_val, y_val = x[2000:], y[2000:]

    model = StressNet().to(dtype)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    for epoch in range(1, 16):
        model.train()
        train_loss = 0.0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(train_loader)
        model.eval()
        with torch.no_grad():
            val_loss = criterion(model(x_val), y_val).item()
        print(f"Epoch {epoch:2d} train loss {train_loss:.4f} val loss {val_loss:.4f}")


if __name__ == "__main__":
    main()
