import math

import torch
import torch.nn as nn

torch.manual_seed(14)


def airfoil(n):
    frequency = torch.rand(n) * 4 - 2
    attack = torch.rand(n) * 4 - 2
    chord = torch.rand(n) * 4 - 2
    speed = torch.rand(n) * 4 - 2
    thickness = torch.rand(n) * 4 - 2
    loud = torch.sin(math.pi * frequency / 2) * chord + attack ** 2 - speed * thickness + 0.5 * (frequency + attack).abs()
    loud = (loud - 1.9) / 2.4 + 0.05 * torch.randn(n)
    return torch.stack([frequency, attack, chord, speed, thickness], dim=1) / 1.155, loud.unsqueeze(1)


class ThreeLayerNet(torch.nn.Module):
    def __init__(self, D_in, H, D_out):
        super(ThreeLayerNet, self).__init__()
        self.D_in, self.H = D_in, H
        self.linear3 = nn.Linear(H, D_out)

    def forward(self, x):
        h = nn.Linear(self.D_in, self.H)(x).clamp(min=0)
        h = nn.Linear(self.H, self.H)(h).clamp(min=0)
        return self.linear3(h)


x_train, y_train = airfoil(3000)
x_test, y_test = airfoil(600)
model = ThreeLayerNet(5, 64, 1)
criterion = nn.MSELoss(reduction="mean")
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
batch_size = 50

for t in range(1, 31):
    model.train()
    permutation = torch.randperm(x_train.size(0))
    total = 0.0
    for i in range(0, x_train.size(0), batch_size):
        pick = permutation[i:i + batch_size]
        y_pred = model(x_train[pick])
        loss = criterion(y_pred, y_train[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * batch_size
    if t % 5 == 0:
        model.eval()
        with torch.no_grad():
            test_loss = criterion(model(x_test), y_test).item()
        print(t, "train", round(total / x_train.size(0), 4), "test", round(test_loss, 4))
