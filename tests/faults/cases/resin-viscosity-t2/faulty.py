import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CONFIG = {"width": 48, "depth": 6, "lr": 0.02, "momentum": 0.9, "epochs": 25, "batch_size": 32, "seed": 17}


def mixtures(n, rng):
    """Shares of six ingredients, temperature and shear rate; logarithm of the viscosity."""
    share = rng.dirichlet(np.full(6, 1.5), n)
    temperature = rng.uniform(10, 80, n)
    shear = rng.uniform(0, 4, n)
    base = share @ np.array([5.0, 1.0, 3.0, -1.0, 2.0, 0.5]) + 6.0 * share[:, 0] * share[:, 2]
    y = base - 0.03 * temperature * (1 + share[:, 3]) - 0.4 * shear * share[:, 4] + rng.normal(0, 0.08, n)
    return np.column_stack([share, temperature, shear]).astype(np.float32), y.astype(np.float32)


class DeepRegressor(nn.Module):
    def __init__(self, n_in, width, depth):
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.last = nn.Linear(width, 1)
        self.activation = nn.Sigmoid()

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.last(x).squeeze(1)


class Experiment:
    def __init__(self, cfg):
        self.cfg = cfg
        torch.manual_seed(cfg["seed"])
        rng = np.random.default_rng(cfg["seed"])
        x_train, y_train = mixtures(2000, rng)
        x_val, y_val = mixtures(500, rng)
        mean, std = x_train.mean(0), x_train.std(0)
        self.y_mean, self.y_std = y_train.mean(), y_train.std()
        self.train_set = TensorDataset(
            torch.from_numpy((x_train - mean) / std), torch.from_numpy((y_train - self.y_mean) / self.y_std)
        )
        self.x_val = torch.from_numpy((x_val - mean) / std)
        self.y_val = torch.from_numpy((y_val - self.y_mean) / self.y_std)
        self.model = DeepRegressor(8, cfg["width"], cfg["depth"])
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=cfg["lr"], momentum=cfg["momentum"])

    def r2(self):
        self.model.eval()
        with torch.no_grad():
            residual = ((self.model(self.x_val) - self.y_val) ** 2).mean()
        return 1 - (residual / self.y_val.var(unbiased=False)).item()

    def run(self):
        loader = DataLoader(self.train_set, batch_size=self.cfg["batch_size"], shuffle=True)
        for epoch in range(1, self.cfg["epochs"] + 1):
            self.model.train()
            total = 0.0
            for x, y in loader:
                loss = nn.functional.mse_loss(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            if epoch % 5 == 0:
                print(f"epoch {epoch}: train mse {total / len(loader):.4f}, validation R2 {self.r2():.3f}")


if __name__ == "__main__":
    Experiment(CONFIG).run()
