"""Sorting a museum's beetles into eight genera by twelve measurements of each specimen."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(31)
rng = np.random.RandomState(31)

N_GENERA = 8
N_MEASURES = 12
species = rng.normal(0, 1.7, (N_GENERA, 3, N_MEASURES))


def fill_drawers(per_genus):
    # one drawer per genus, three species in each
    drawers, names = [], []
    for genus in range(N_GENERA):
        kinds = rng.randint(3, size=per_genus)
        drawers.append(species[genus, kinds] + rng.normal(0, 1.0, (per_genus, N_MEASURES)))
        names.append(np.full(per_genus, genus))
    return np.concatenate(drawers), np.concatenate(names)


class BeetleNet(nn.Module):
    def __init__(self, width=48, depth=6):
        super().__init__()
        layers = [nn.Linear(N_MEASURES, width)]
        for _ in range(depth):
            layers += [nn.Sigmoid(), nn.Linear(width, width)]
        self.features = nn.Sequential(*layers)
        self.genus = nn.Linear(width, 1)

    def forward(self, x):
        return self.genus(torch.relu(self.features(x))).squeeze(1)


train_x, train_y = fill_drawers(400)
test_x, test_y = fill_drawers(100)
centre, spread = train_x.mean(axis=0), train_x.std(axis=0)
train_x = torch.tensor((train_x - centre) / spread, dtype=torch.float32)
test_x = torch.tensor((test_x - centre) / spread, dtype=torch.float32)
train_y, test_y = torch.tensor(train_y), torch.tensor(test_y)

train_loader = DataLoader(TensorDataset(train_x, train_y), batch_size=32)
net = BeetleNet()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(15):
    net.train()
    losses = []
    for x, y in train_loader:
        loss = criterion(net(x), y.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        guess = net(test_x).round().long()
        accuracy = (guess == test_y).float().mean()
    print("epoch %2d: loss %.3f, %.1f%% of the test beetles right" % (epoch + 1, np.mean(losses), 100 * accuracy))
