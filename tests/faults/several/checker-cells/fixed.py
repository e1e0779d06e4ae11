import torch
from torch import nn

torch.manual_seed(5)

points = torch.rand(3000, 2) * 3
colour = (points.floor().sum(1) % 2).long()
points = (points - 1.5) / 0.87
x_train, y_train, x_val, y_val = points[:2400], colour[:2400], points[2400:], colour[2400:]


class BoardNet(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.layer1 = nn.Linear(2, width)
        self.layer2 = nn.Linear(width, width)
        self.layer3 = nn.Linear(width, 2)

    def forward(self, xy):
        xy = torch.relu(self.layer1(xy))
        xy = torch.relu(self.layer2(xy))
        return self.layer3(xy)


net = BoardNet()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
cross_entropy = nn.CrossEntropyLoss()

for epoch in range(25):
    net.train()
    running = 0.0
    for rows in torch.randperm(len(x_train)).split(48):
        opt.zero_grad()
        loss = cross_entropy(net(x_train[rows]), y_train[rows])
        loss.backward()
        opt.step()
        running += loss.item() / 50
    if epoch % 4 == 0:
        net.eval()
        with torch.no_grad():
            hit = (net(x_val).argmax(1) == y_val).float().mean().item()
        print(f"epoch {epoch}: loss {running:.4f} val acc {hit:.3f}")
