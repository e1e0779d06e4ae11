import torch
import torch.nn as nn


class ScaledTanh(nn.Module):
    """height * tanh(slope * x), after LeCun's Efficient BackProp"""

    def __init__(self, height=1.7159, slope=2 / 3):
        super().__init__()
        self.height = height
        self.slope = slope

    def forward(self, x):
        return self.height * torch.tanh(self.slope * x)


class TorqueMap(nn.Module):
    def __init__(self, n_inputs=5, hidden=(64, 64, 64)):
        super().__init__()
        layers, width = [], n_inputs
        for h in hidden:
            layers += [nn.Linear(width, h), ScaledTanh()]
            width = h
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def bench_data(n, gen):
    """Measurements on the test bench; all five quantities are relative to their rated range, -1..1."""
    x = 2 * torch.rand(n, 5, generator=gen) - 1
    current, speed, temperature, angle, voltage = x.unbind(1)
    torque = current * (1 - 0.3 * temperature) * torch.cos(1.5 * angle)
    torque = torque + 0.5 * torch.tanh(2 * (voltage - speed)) - 0.3 * speed ** 2
    torque = torque + 0.03 * torch.randn(n, generator=gen)
    return x, torque


class Trainer:
    def __init__(self, model, lr=2e-3, batch_size=64):
        self.model = model
        self.batch_size = batch_size
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.loss = nn.MSELoss()

    def epoch(self, x, y):
        self.model.train()
        total = 0.0
        for rows in torch.randperm(len(x)).split(self.batch_size):
            loss = self.loss(self.model(x[rows]), y[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(rows)
        return total / len(x)

    @torch.no_grad()
    def score(self, x, y):
        self.model.eval()
        return self.loss(self.model(x), y).item()


if __name__ == "__main__":
    torch.manual_seed(8)
    gen = torch.Generator().manual_seed(8)
    x_train, y_train = bench_data(4000, gen)
    x_val, y_val = bench_data(1000, gen)
    trainer = Trainer(TorqueMap())
    for epoch in range(1, 41):
        train_mse = trainer.epoch(x_train, y_train)
        val_mse = trainer.score(x_val, y_val)
        if epoch % 5 == 0:
            print(f"epoch {epoch:2d}: train MSE {train_mse:.4f}, val MSE {val_mse:.4f}, val R2 {1 - val_mse / y_val.var().item():.3f}")
