import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

config = {"batch_size": 1, "lr": 0.01, "epochs": 8, "width": 32}


def power_station(n, seed):
    """Temperature, pressure, humidity, flow, load; and the power, which the meter reads with outliers."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 5, generator=g)
    power = torch.tanh(x[:, 0] - x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + 0.4 * x[:, 4]
    noise = torch.randn(n, generator=g) * torch.where(torch.rand(n, generator=g) < 0.1, 4.0, 0.4)
    return x, power, power + noise


torch.manual_seed(37)
x, _, measured = power_station(2000, 1)
x_val, true_val, _ = power_station(1000, 2)
loader = DataLoader(TensorDataset(x, measured), batch_size=config["batch_size"], shuffle=True)
w = config["width"]
model = nn.Sequential(nn.Linear(5, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=0.9)

history = []
for epoch in range(config["epochs"]):
    for features, power in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(features).squeeze(1), power)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        train_loss = loss_fn(model(x).squeeze(1), measured).item()
        error = loss_fn(model(x_val).squeeze(1), true_val).item()
    history.append(error)
    print(f"epoch {epoch + 1}/{config['epochs']}: train mse {train_loss:.3f}, mse against the true power {error:.3f}")
print(f"final error {sum(history[-3:]) / 3:.3f} of a variance of {true_val.var().item():.3f}")
