import numpy as np
import torch
import torch.nn as nn

BATCH = 10
rng = np.random.default_rng(22)

# surface of a drum hit at two places, learnt from scattered samples
N = 4000
xy = rng.uniform(-1, 1, (N + 800, 2))
height = np.sin(3 * xy[:, 0]) * np.cos(2.5 * xy[:, 1]) + 0.5 * np.exp(-6 * ((xy - 0.4) ** 2).sum(1))
height = height + rng.normal(0, 0.03, len(xy))
xy, height = torch.tensor(xy).float(), torch.tensor(height).float().view(-1, 1)
xy_train, h_train, xy_test, h_test = xy[:N], height[:N], xy[N:], height[N:]

torch.manual_seed(22)
surface = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))
optim = torch.optim.SGD(surface.parameters(), lr=0.02, momentum=0.9)

for epoch in range(25):
    order = torch.randperm(N)
    for part in order.split(BATCH):
        optim.zero_grad()
        miss = nn.functional.mse_loss(surface(xy_train[part]), h_train[part])
        miss.backward()
        optim.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            test = nn.functional.mse_loss(surface(xy_test), h_test)
        print("epoch", epoch + 1, "train", round(miss.item(), 4), "test", round(test.item(), 4))
