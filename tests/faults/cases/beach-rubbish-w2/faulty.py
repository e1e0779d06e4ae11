import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

LABELS = ["plastic", "glass", "rope", "wood", "metal"]


class BeachScans(Dataset):
    """Rows of 40 detector channels; several kinds of rubbish may lie in one square."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        h = torch.Generator().manual_seed(1000)
        patterns = torch.randn(5, 40, generator=h)
        gate = torch.randn(5, 40, generator=h)
        self.tags = (torch.rand(n, 5, generator=g) < 0.35).float()
        amount = self.tags * (0.6 + torch.rand(n, 5, generator=g))
        signal = torch.tanh(amount @ patterns) + 0.6 * torch.relu(amount @ gate)
        self.scans = signal + 0.3 * torch.randn(n, 40, generator=g)

    def __len__(self):
        return len(self.tags)

    def __getitem__(self, i):
        return self.scans[i], self.tags[i]


def f1(logits, tags):
    hit = (logits > 0).float()
    both = (hit * tags).sum(0)
    return (2 * both / (hit.sum(0) + tags.sum(0)).clamp(min=1)).mean().item()


torch.manual_seed(4)
train_set, test_set = BeachScans(2400, 1), BeachScans(600, 2)
train_loader = DataLoader(train_set, batch_size=1200, shuffle=True)
test_loader = DataLoader(test_set, batch_size=600)
net = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, len(LABELS)))
adam = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(1, 11):
    shown = 0.0
    for scans, tags in train_loader:
        logits = net(scans)
        loss = F.binary_cross_entropy_with_logits(logits, tags)
        adam.zero_grad()
        loss.backward()
        adam.step()
        shown += loss.item() / len(train_loader)
    with torch.no_grad():
        scans, tags = next(iter(test_loader))
        score = f1(net(scans), tags)
    print(f"epoch {epoch:2d}  bce {shown:.4f}  test macro F1 {score:.3f}")
