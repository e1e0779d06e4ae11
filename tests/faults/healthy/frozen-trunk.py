import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
y = torch.tensor(digits.target)


class SmallNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(24, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Flatten(), nn.Linear(512, 48), nn.ReLU(),
        )
        self.head = nn.Linear(48, n_classes)

    def forward(self, image):
        return self.head(self.trunk(image))


def run(net, loader, optimizer, epochs):
    for _ in range(epochs):
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(xb), yb)
            loss.backward()
            optimizer.step()


# pretraining on 0..6
known = y < 7
net = SmallNet(7)
run(net, DataLoader(TensorDataset(x[known], y[known]), batch_size=32, shuffle=True),
    torch.optim.Adam(net.parameters(), lr=1e-3), 6)

# transfer to 7, 8, 9: the trunk is fixed, its batch statistics too
new = torch.nonzero(y >= 7).squeeze(1)
new = new[torch.randperm(len(new))]
train, test = new[:150], new[150:]
net.head = nn.Linear(48, 3)
for p in net.trunk.parameters():
    p.requires_grad_(False)
optimizer = torch.optim.Adam(net.head.parameters(), lr=1e-2)
loader = DataLoader(TensorDataset(x[train], y[train] - 7), batch_size=25, shuffle=True)
for epoch in range(1, 31):
    net.train()
    net.trunk.eval()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        acc = (net(x[test]).argmax(1) == y[test] - 7).float().mean().item()
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {total / len(loader):.4f} accuracy {acc:.3f}")
