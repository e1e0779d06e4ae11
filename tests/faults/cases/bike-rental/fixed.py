import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

CARDINALITY = {"season": 4, "weekday": 7, "hour": 24, "station": 60}


class Rentals(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.cats = np.stack([rng.integers(0, k, n) for k in CARDINALITY.values()], axis=1)
        season, weekday, hour, station = self.cats.T
        temp = rng.normal(0, 1, n)
        wind = rng.normal(0, 1, n)
        size = np.random.default_rng(99).normal(0, 1, CARDINALITY["station"])
        rush = np.exp(-((hour - 8) / 1.5) ** 2) + np.exp(-((hour - 17) / 2.0) ** 2)
        y = 1.6 * rush * (weekday < 5) + 0.8 * np.array([-1, 0.4, 1, 0])[season] + 0.6 * temp - 0.3 * wind
        y = y + size[station] + rng.normal(0, 0.15, n)
        self.nums = np.stack([temp, wind], axis=1).astype(np.float32)
        self.y = ((y - 0.3) / 1.4).astype(np.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.cats[i], self.nums[i], self.y[i]


class RentalModel(nn.Module):
    def __init__(self, dim=2, hidden=24):
        super().__init__()
        self.embeddings = nn.ModuleDict({name: nn.Embedding(k, dim) for name, k in CARDINALITY.items()})
        self.mlp = nn.Sequential(
            nn.Linear(dim * len(CARDINALITY) + 2, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, cats, nums):
        parts = [emb(cats[:, i]) for i, emb in enumerate(self.embeddings.values())]
        return self.mlp(torch.cat(parts + [nums], dim=1)).squeeze(1)


@torch.no_grad()
def rmse(model, dataset):
    model.eval()
    cats, nums, y = (torch.from_numpy(a) for a in (dataset.cats, dataset.nums, dataset.y))
    return torch.sqrt(nn.functional.mse_loss(model(cats, nums), y)).item()


def main(epochs=12):
    torch.manual_seed(0)
    train, valid = Rentals(6000, seed=1), Rentals(1500, seed=2)
    loader = DataLoader(train, batch_size=64, shuffle=True)
    model = RentalModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for epoch in range(1, epochs + 1):
        model.train()
        for cats, nums, y in loader:
            loss = nn.functional.mse_loss(model(cats, nums), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if epoch % 3 == 0:
            print(f"epoch {epoch:02d} train rmse {rmse(model, train):.3f} valid rmse {rmse(model, valid):.3f}")


main()
