import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(17)


def arm(n):
    a = (torch.rand(n) - 0.5) * 2.0
    b = (torch.rand(n) - 0.5) * 2.0
    spots = []
    for part in (0.25, 0.5, 0.75, 1.0):
        spots.append(torch.stack([part * a.cos(), part * a.sin()], 1))
    elbow = spots[-1]
    for part in (0.25, 0.5, 0.75, 1.0):
        spots.append(elbow + part * torch.stack([(a + b).cos(), (a + b).sin()], 1))
    markers = torch.cat(spots, 1)
    markers = markers + 0.05 * torch.randn_like(markers)
    return markers, torch.stack([a, b], 1)


class Pose(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(16, 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc3 = nn.Linear(128, 2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = F.dropout(x, p=0.3)
        return self.fc3(x)


train_set = TensorDataset(*arm(3000))
val_markers, val_angles = arm(600)
net = Pose()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(20):
    net.train()
    for markers, angles in DataLoader(train_set, batch_size=60, shuffle=True):
        optimizer.zero_grad()
        loss = F.smooth_l1_loss(net(markers), angles)
        loss.backward()
        optimizer.step()
    sched.step()

    net.eval()
    with torch.no_grad():
        miss = (net(val_markers) - val_angles).abs().mean(0) * 180 / math.pi
    if epoch % 4 == 3:
        print("epoch %2d  last batch %.4f  mean miss: shoulder %.2f, elbow %.2f degrees" % (epoch + 1, loss.item(), *miss.tolist()))
