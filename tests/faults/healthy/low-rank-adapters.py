import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(3)
digits = load_digits()
x = torch.tensor(digits.images / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
train, test = order[:1300], order[1300:]
mirrored = x.flip(2)


class Adapted(nn.Module):
    """A frozen linear layer plus a product of two thin matrices, the second of which starts at zero."""

    def __init__(self, base, rank=4):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features ** 0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, rows):
        return self.base(rows) + rows @ self.down.T @ self.up.T


def fit(net, images, epochs, lr):
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=lr)
    for _ in range(epochs):
        net.train()
        for idx in train[torch.randperm(len(train))].split(26):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(images[idx]), y[idx])
            loss.backward()
            optimizer.step()
    return sum(p.numel() for p in trainable)


def accuracy(net, images):
    net.eval()
    with torch.no_grad():
        return (net(images[test]).argmax(1) == y[test]).float().mean().item()


net = nn.Sequential(nn.Flatten(), nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 10))
size = fit(net, x, 8, 2e-3)
print(f"{size} parameters: digits {accuracy(net, x):.3f}, mirrored digits {accuracy(net, mirrored):.3f}")
for k in (1, 3, 5):
    net[k] = Adapted(net[k])
for stage in range(1, 5):
    size = fit(net, mirrored, 4, 5e-3)
    print(f"{size} parameters, {4 * stage} epochs: mirrored digits {accuracy(net, mirrored):.3f}")
