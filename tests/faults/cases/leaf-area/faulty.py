import torch
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

config = {
    "seed": 17,
    "hidden": 48,
    "lr": 1e-3,
    "epochs": 10,
    "batch_size": 2,
}


def load(seed):
    X, y = make_friedman1(n_samples=1800, n_features=11, noise=0.4, random_state=seed)
    sx, sy = StandardScaler().fit(X[:1400]), StandardScaler().fit(y[:1400, None])
    X = torch.tensor(sx.transform(X), dtype=torch.float32)
    y = torch.tensor(sy.transform(y[:, None]), dtype=torch.float32)
    return TensorDataset(X[:1400], y[:1400]), TensorDataset(X[1400:], y[1400:])


def make_model(hidden):
    return nn.Sequential(
        nn.Linear(11, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
        nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
        nn.Linear(hidden, 1),
    )


def fit(config):
    torch.manual_seed(config["seed"])
    train, valid = load(config["seed"])
    model = make_model(config["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    loader = DataLoader(train, batch_size=config["batch_size"], shuffle=True, drop_last=True)
    criterion = nn.MSELoss()
    for epoch in range(config["epochs"]):
        model.train()
        running = 0.0
        for X, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(X), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        model.eval()
        with torch.no_grad():
            X, y = valid.tensors
            val = criterion(model(X), y).item()
        print(f"epoch {epoch + 1:2d}: train mse {running / len(loader):.4f}, valid mse {val:.4f}")


fit(config)
