import math

import torch
import torch.nn as nn

torch.manual_seed(42)

# physics class project: learn the range of a projectile from simulated shots
N = 4000
speed = torch.empty(N).uniform_(10, 40)
angle = torch.empty(N).uniform_(5, 85)
height = torch.empty(N).uniform_(0, 20)
wind = torch.empty(N).uniform_(-5, 5)

g = 9.81
rad = angle * math.pi / 180
vy = speed * torch.sin(rad)
flight = (vy + torch.sqrt(vy ** 2 + 2 * g * height)) / g
distance = (speed * torch.cos(rad) + wind) * flight

X = torch.stack([speed, angle, height, wind], dim=1)
Y = distance.unsqueeze(1)

X_train, X_test = X[:3200], X[3200:]
Y_train, Y_test = Y[:3200], Y[3200:]
x_mean, x_std = X_train.mean(0), X_train.std(0)
y_mean, y_std = Y_train.mean(), Y_train.std()
X_train = (X_train - x_mean) / x_std
X_test = (X_test - x_mean) / x_std
Y_train = (Y_train - y_mean) / y_std

model = nn.Sequential(
    nn.Linear(4, 64),
    nn.Linear(64, 64),
    nn.Linear(64, 32),
    nn.Linear(32, 1),
)
print(model)

loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
BATCH = 64

for epoch in range(60):
    model.train()
    perm = torch.randperm(X_train.size(0))
    epoch_loss = 0
    for i in range(0, X_train.size(0), BATCH):
        idx = perm[i:i + BATCH]
        prediction = model(X_train[idx])
        loss = loss_function(prediction, Y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)

    if (epoch + 1) % 10 == 0:
        model.eval()
        with torch.no_grad():
            meters = model(X_test) * y_std + y_mean
            error = (meters - Y_test).abs().mean().item()
        print("Epoch %d | training loss %.4f | mean error on test shots %.2f m" % (epoch + 1, epoch_loss / X_train.size(0), error))
