"""Soil organic carbon from vis-NIR spectra: MLP with an L1 penalty, as in our lasso baseline."""
import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

BANDS = 60
LAMBDA = 1e-5


def campaign(n, seed=13):
    rng = np.random.default_rng(seed)
    carbon = rng.gamma(2.5, 0.8, n)
    clay, iron, water = rng.beta(2, 4, n), rng.beta(2, 5, n), rng.beta(2, 3, n)
    bands = np.linspace(400, 2400, BANDS)

    def peak(centre, width):
        return np.exp(-0.5 * ((bands - centre) / width) ** 2)

    absorbed = (
        np.outer(1 - np.exp(-0.5 * carbon), 0.6 * peak(650, 220))
        + np.outer(carbon, 0.05 * peak(1720, 60))
        + np.outer(clay, 0.9 * peak(2200, 50))
        + np.outer(iron, 1.1 * peak(880, 90))
        + np.outer(water, 0.8 * peak(1430, 70) + 1.0 * peak(1920, 70))
    )
    reflectance = 0.5 * np.exp(-absorbed) + rng.normal(0, 0.006, (n, BANDS))
    return reflectance, carbon


def l1_norm(model):
    return sum(p.abs().sum() for p in model.parameters())


def main():
    torch.manual_seed(13)
    X, carbon = campaign(2500)
    n_cal = 2000
    xs = StandardScaler().fit(X[:n_cal])
    ys = StandardScaler().fit(carbon[:n_cal, None])
    X = torch.tensor(xs.transform(X), dtype=torch.float32)
    y = torch.tensor(ys.transform(carbon[:, None]), dtype=torch.float32)

    model = nn.Sequential(
        nn.Linear(BANDS, 64), nn.GELU(),
        nn.Linear(64, 32), nn.GELU(),
        nn.Linear(32, 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(1, 31):
        model.train()
        mse_sum = 0.0
        for idx in torch.randperm(n_cal).split(40):
            mse = nn.functional.mse_loss(model(X[idx]), y[idx])
            loss = mse + LAMBDA * l1_norm(model)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mse_sum += mse.item() * len(idx)
        if epoch % 5 == 0:
            model.eval()
            with torch.no_grad():
                predicted = ys.inverse_transform(model(X[n_cal:]).numpy())[:, 0]
            print(f"epoch {epoch}: calibration mse {mse_sum / n_cal:.3f}, "
                  f"validation R2 {r2_score(carbon[n_cal:], predicted):.3f}")


if __name__ == "__main__":
    main()
