import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(31)
H = W = 24


def tile():
    """An aerial tile with a road and a pond; the edge of the pond was left unlabelled (255) by the annotators."""
    yy, xx = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    mask = torch.zeros(H, W, dtype=torch.long)
    slope, offset = torch.rand(1) * 2 - 1, torch.rand(1) * 12 + 6
    mask[(yy - slope * (xx - W / 2) - offset).abs() < 2] = 1
    cy, cx, r = torch.rand(1) * H, torch.rand(1) * W, torch.rand(1) * 3 + 3
    dist = ((yy - cy) ** 2 + (xx - cx) ** 2).sqrt()
    mask[dist < r] = 2
    colour = torch.tensor([[0.3, 0.6, 0.2], [0.6, 0.6, 0.6], [0.2, 0.3, 0.7]])
    image = colour[mask].permute(2, 0, 1) + 0.15 * torch.randn(3, H, W)
    mask[(dist - r).abs() < 0.8] = 255
    return (image - 0.45) / 0.25, mask


class SegNet(nn.Module):
    def __init__(self, n_classes=3):
        super().__init__()
        self.c1 = nn.Conv2d(3, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 16, 3, padding=1)
        self.c3 = nn.Conv2d(16, n_classes, 1)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.relu(self.c2(x))
        return self.c3(x)


tiles = [tile() for _ in range(500)]
images = torch.stack([t[0] for t in tiles])
masks = torch.stack([t[1] for t in tiles])

net = SegNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

for epoch in range(5):
    for start in range(0, 400, 20):
        out = net(images[start:start + 20])
        loss = criterion(out, masks[start:start + 20])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        pred = net(images[400:]).argmax(1)
    truth = masks[400:]
    ious = []
    for k in range(3):
        known = truth != 255
        inter = ((pred == k) & (truth == k)).sum().item()
        union = (((pred == k) | (truth == k)) & known).sum().item()
        ious.append(inter / union)
    print("epoch", epoch, "loss %.3f" % loss.item(), "IoU land/road/water", " ".join("%.3f" % v for v in ious))
