import numpy as np
import torch
import torch.nn as nn

SEED = 37
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

# hour, weekday, holiday, temperature, rain
n = 4000
hour = rng.uniform(6, 22, n)
weekday = rng.integers(0, 7, n)
holiday = rng.random(n) < 0.2
temp = rng.normal(15, 6, n)
rain = rng.exponential(1.0, n)
log_mean = (1.8 + 0.9 * np.exp(-((hour - 8) / 1.5) ** 2) + 1.1 * np.exp(-((hour - 17) / 2) ** 2)
            + 0.3 * (weekday >= 5) + 0.6 * holiday + 0.03 * (temp - 15) - 0.2 * np.minimum(rain, 3))
cars = rng.poisson(np.exp(log_mean))

features = np.column_stack([hour, weekday >= 5, holiday, temp, rain]).astype(np.float32)
features = (features - features[:3200].mean(0)) / features[:3200].std(0)
X_train, X_val = torch.from_numpy(features[:3200]), torch.from_numpy(features[3200:])
y_train, y_val = torch.from_numpy(cars[:3200]).float(), torch.from_numpy(cars[3200:]).float()


class QueueModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense_1 = nn.Linear(5, 32)
        self.dense_2 = nn.Linear(32, 32)
        self.dense_3 = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.relu(self.dense_1(x))
        x = torch.relu(self.dense_2(x))
        return self.dense_3(x)[:, 0]  # log of the expected count


def poisson_deviance(y_true, log_pred):
    mu = log_pred.exp()
    term = torch.where(y_true > 0, y_true * (y_true.clamp(min=1).log() - log_pred), torch.zeros(()))
    return 2 * (term - (y_true - mu)).mean().item()


model = QueueModel()
loss_object = nn.PoissonNLLLoss(log_input=True)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)


def train_step(x, y_true):
    optimizer.zero_grad()
    y_pred = model(x)
    loss = loss_object(y_pred, y_true)
    loss.backward()
    optimizer.step()
    return loss.item()


for epoch in range(20):
    model.train()
    order = torch.randperm(len(X_train))
    losses = [train_step(X_train[i], y_train[i]) for i in order.split(32)]
    if (epoch + 1) % 5 == 0:
        print("Epoch", epoch + 1, "loss", round(float(np.mean(losses)), 3))

model.eval()
with torch.no_grad():
    log_pred = model(X_val)
baseline = poisson_deviance(y_val, y_train.mean().log().expand_as(y_val))
explained = 1 - poisson_deviance(y_val, log_pred) / baseline
print(f"validation ({len(y_val)} hours): mean absolute error {(log_pred.exp() - y_val).abs().mean().item():.2f} cars, "
      f"deviance explained {explained:.3f}")
