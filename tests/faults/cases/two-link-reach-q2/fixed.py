import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)


class ForwardKinematics(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.fc1 = nn.Linear(4, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, hidden)
        self.fc4 = nn.Linear(hidden, 2)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        x = torch.relu(self.fc3(x))
        x = self.fc4(x)
        return x


def arm_data(n):
    shoulder = (torch.rand(n) * 2 - 1) * math.pi / 2
    elbow = torch.rand(n) * 3 * math.pi / 4
    upper = 1.0 + 0.2 * torch.rand(n)
    lower = 0.7 + 0.2 * torch.rand(n)
    hand_x = upper * torch.cos(shoulder) + lower * torch.cos(shoulder + elbow)
    hand_y = upper * torch.sin(shoulder) + lower * torch.sin(shoulder + elbow)
    return torch.stack([shoulder, elbow, upper, lower], 1), torch.stack([hand_x, hand_y], 1)


inputs, hands = arm_data(3000)
mean, std = inputs[:2400].mean(0), inputs[:2400].std(0)
inputs = (inputs - mean) / std
train_loader = DataLoader(TensorDataset(inputs[:2400], hands[:2400]), batch_size=32, shuffle=True)
val_inputs, val_hands = inputs[2400:], hands[2400:]

model = ForwardKinematics()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.MSELoss()
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=25)

for epoch in range(25):
    model.train()
    total = 0.0
    for angles, hand in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(angles), hand)
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        out = model(val_inputs)
        miss = (out - val_hands).norm(dim=1).mean().item()
    if epoch % 4 == 0:
        print(f"epoch {epoch}, train mse {total / len(train_loader):.5f}, val mean distance {miss:.4f}")
