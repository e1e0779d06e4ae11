import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fields(n, rng):
    """rain, sun, nitrogen, slope (standardised) -> yield with noise that grows with slope"""
    x = rng.normal(size=(n, 4))
    mean = 1.2 * np.tanh(x[:, 0]) + 0.8 * x[:, 1] - 0.5 * x[:, 2] ** 2 + 0.5
    spread = 0.1 * np.exp(0.5 * x[:, 3])
    return x.astype(np.float32), (mean + spread * rng.normal(size=n)).astype(np.float32)


def gaussian_nll(mean, log_std, target):
    z = (target - mean) / log_std.exp()
    return (log_std + 0.5 * z ** 2).mean()


class YieldModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(4, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU())
        self.heads = nn.Linear(48, 2)

    def forward(self, x):
        mean, log_std = self.heads(self.trunk(x)).chunk(2, dim=1)
        return mean, log_std.clamp(-5, 3)


def train_one_epoch(model, loader, optimizer):
    model.train()
    losses = []
    for x, y in loader:
        mean, log_std = model(x)
        loss = gaussian_nll(mean, log_std, y.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.mean(losses)


@torch.no_grad()
def evaluate(model, x, y):
    model.eval()
    mean, log_std = model(torch.from_numpy(x))
    mean = mean.numpy().ravel()
    inside = np.abs(y - mean) < 2 * log_std.exp().numpy().ravel()
    return np.sqrt(np.mean((mean - y) ** 2)), inside.mean()


def main():
    rng = np.random.default_rng(8)
    torch.manual_seed(8)
    x_train, y_train = fields(3000, rng)
    x_test, y_test = fields(800, rng)
    loader = DataLoader(TensorDataset(torch.from_numpy(x_train), torch.from_numpy(y_train)), batch_size=64, shuffle=True)
    model = YieldModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(25):
        nll = train_one_epoch(model, loader, optimizer)
        if epoch % 5 == 4:
            rmse, covered = evaluate(model, x_test, y_test)
            print(f"epoch {epoch + 1:2d} nll {nll:7.3f} test rmse {rmse:.3f} (std of yield {y_test.std():.3f}) within 2 sigma {covered:.2f}")


main()
