import torch
from torch import nn

torch.manual_seed(4)


def f(x):
    return torch.sin(3 * x) * x


x_train = torch.rand(600, 1) * 2 - 1
y_train = f(x_train) + 0.05 * torch.randn(600, 1)
x_test = torch.linspace(-1, 1, 100).unsqueeze(1)
model = nn.Sequential(nn.Linear(1, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)


def mc_predict(model, x, samples=40):
    """Mean and spread over dropout masks: dropout stays on while predicting, as the method wants."""
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        draws = torch.stack([model(x) for _ in range(samples)])
    return draws.mean(0), draws.std(0)


for epoch in range(1, 61):
    model.train()
    for idx in torch.randperm(600).split(40):
        loss = nn.functional.mse_loss(model(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 15 == 0:
        mean, spread = mc_predict(model, x_test)
        print(f"epoch {epoch}: rmse of the mean {(mean - f(x_test)).square().mean().sqrt():.4f} average spread {spread.mean():.4f}")
