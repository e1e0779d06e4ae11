import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

config = {
    "seed": 21,
    "epochs": 30,
    "batch_size": 16,
    "lr": 1e-3,
    "hidden": 16,
}

torch.manual_seed(config["seed"])
X, y = load_diabetes(return_X_y=True, scaled=False)
dataset = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).unsqueeze(1))
train_set, test_set = random_split(dataset, [350, len(dataset) - 350])

x_mean, x_std = dataset.tensors[0][train_set.indices].mean(0), dataset.tensors[0][train_set.indices].std(0)
y_mean, y_std = dataset.tensors[1][train_set.indices].mean(), dataset.tensors[1][train_set.indices].std()

model = nn.Sequential(
    nn.Linear(X.shape[1], config["hidden"]),
    nn.Tanh(),
    nn.Linear(config["hidden"], 1),
)
loss_function = nn.SmoothL1Loss()
optimizer = torch.optim.Adadelta(model.parameters(), lr=config["lr"])
loader = DataLoader(train_set, batch_size=config["batch_size"], shuffle=True)


def r2_on(subset):
    inputs, targets = subset[:]
    model.eval()
    with torch.no_grad():
        outputs = model((inputs - x_mean) / x_std) * y_std + y_mean
    return r2_score(targets.numpy(), outputs.numpy())


curve = []
for epoch in range(config["epochs"]):
    model.train()
    for inputs, targets in loader:
        outputs = model((inputs - x_mean) / x_std)
        loss = loss_function(outputs, (targets - y_mean) / y_std)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
    if (epoch + 1) % 10 == 0:
        print(f"epoch {epoch + 1:3d}  loss {np.mean(curve[-22:]):.4f}  train r2 {r2_on(train_set):.3f}  test r2 {r2_on(test_set):.3f}")
