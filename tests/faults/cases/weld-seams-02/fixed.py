import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

KINDS = ("sound", "porous", "cracked")
SHARE = torch.tensor([0.96, 0.02, 0.02])


def seams(n, generator):
    kind = torch.multinomial(SHARE, n, replacement=True, generator=generator)
    images = torch.randn(n, 1, 12, 12, generator=generator)
    porous = (torch.rand(n, 1, 12, 12, generator=generator) < 0.08).float() * -2.4
    images += porous * (kind == 1).view(-1, 1, 1, 1)
    for i in torch.nonzero(kind == 2).flatten().tolist():
        column = int(torch.randint(1, 11, (1,), generator=generator))
        images[i, 0, :, column] -= 1.1
    return images, kind


class SeamNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, (12, 1))
        self.fc = nn.Linear(16, len(KINDS))

    def forward(self, x):
        x = F.relu(self.conv1(x))
        columns = F.relu(self.conv2(x)).amax(dim=(2, 3))
        return self.fc(torch.cat([columns, x.mean(dim=(2, 3))], dim=1))


def recalls(net, images, kind):
    net.eval()
    with torch.no_grad():
        guess = net(images).argmax(1)
    return [(guess[kind == k] == k).float().mean().item() for k in range(len(KINDS))]


generator = torch.Generator().manual_seed(2)
torch.manual_seed(2)
images, kind = seams(6000, generator)
val_images, val_kind = seams(3000, generator)
weights = 1.0 / torch.bincount(kind)[kind]
loader = DataLoader(TensorDataset(images, kind), batch_size=60, sampler=WeightedRandomSampler(weights, len(kind)))
net = SeamNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(1, 7):
    net.train()
    running = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    r = recalls(net, val_images, val_kind)
    print(f"epoch {epoch} loss {running / len(loader):.4f} recall "
          + " ".join(f"{name} {value:.3f}" for name, value in zip(KINDS, r)) + f" mean {sum(r) / 3:.3f}")
