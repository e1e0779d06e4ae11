import numpy as np
import torch
from sklearn.preprocessing import StandardScaler

torch.manual_seed(13)
rng = np.random.default_rng(13)

# Kiln records: clay, sand, ash (kg), water (l), fuel (kg), hours of drying, hours of firing, bricks per stack


def kiln_records(n):
    clay = rng.lognormal(6.5, 0.4, n)
    sand = rng.lognormal(5.0, 0.5, n)
    ash = rng.lognormal(3.5, 0.9, n)
    water = 0.24 * clay * rng.lognormal(0, 0.2, n)
    fuel = rng.lognormal(5.5, 0.5, n)
    drying = rng.lognormal(3.6, 0.5, n)
    firing = rng.lognormal(3.2, 0.35, n)
    stack = rng.lognormal(6.0, 0.6, n)
    heat = fuel * np.sqrt(firing) / stack
    strength = 16 * np.tanh(0.35 * heat) + 5 * np.tanh(drying / 40)
    strength -= 25 * (water / clay - 0.24) ** 2 * 10 + 18 * (sand / clay - 0.2) ** 2
    strength += 6 * np.exp(-((np.log(ash) - 3.5) ** 2)) + rng.normal(0, 0.5, n)
    return np.stack([clay, sand, ash, water, fuel, drying, firing, stack], axis=1), strength


class BrickModel:
    def __init__(self, n_features):
        self.x_scaler = StandardScaler()
        self.y_scaler = StandardScaler()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(n_features, 64),
            torch.nn.ReLU(),
            torch.nn.Linear(64, 64),
            torch.nn.ReLU(),
            torch.nn.Linear(64, 1),
        )
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=2e-3, weight_decay=1e-4)

    def fit(self, records, strength, epochs=40, batch_size=80):
        x = self.x_scaler.fit_transform(np.log(records))
        y = self.y_scaler.fit_transform(strength[:, None])
        x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
        self.net.train()
        for epoch in range(epochs):
            order = torch.randperm(len(x))
            total = 0.0
            for batch in order.split(batch_size):
                loss = torch.nn.functional.mse_loss(self.net(x[batch]), y[batch])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item() * len(batch)
            if (epoch + 1) % 5 == 0:
                print(f"epoch {epoch + 1}: mean squared error {total / len(x):.4f}")
        return self

    def predict(self, records):
        x = self.x_scaler.transform(np.log(records))
        self.net.eval()
        with torch.no_grad():
            y = self.net(torch.tensor(x, dtype=torch.float32))
        return self.y_scaler.inverse_transform(y.numpy())[:, 0]


records, strength = kiln_records(5000)
model = BrickModel(records.shape[1]).fit(records[:4000], strength[:4000])
predicted = model.predict(records[4000:])
actual = strength[4000:]
mae = np.abs(predicted - actual).mean()
r2 = 1 - ((predicted - actual) ** 2).sum() / ((actual - actual.mean()) ** 2).sum()
print(f"test: mean absolute error {mae:.2f} MPa, R2 {r2:.3f}")
