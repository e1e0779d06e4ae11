"""Where is the river?  Pixel masks from noisy little aerial pictures."""
import torch
from torch import nn

SIZE, MICRO, STEPS_PER_UPDATE = 20, 4, 16


def scene(n, gen):
    col = torch.arange(SIZE).float()
    a = torch.rand(n, 1, generator=gen) * 12 + 6
    b = torch.randn(n, 1, generator=gen) * 4
    w = torch.rand(n, 1, 1, generator=gen) * 2 + 1.5
    centre = a + b * torch.sin(col / 5 + 6 * torch.rand(n, 1, generator=gen))
    mask = ((col[None, :, None] - centre[:, None, :]).abs() < w).float()
    picture = mask - 0.3 + 0.8 * torch.randn(n, SIZE, SIZE, generator=gen)
    return picture.unsqueeze(1), mask.unsqueeze(1)


def iou(logits, mask):
    hit = logits > 0
    return ((hit & mask.bool()).sum() / (hit | mask.bool()).sum()).item()


torch.manual_seed(20)
gen = torch.Generator().manual_seed(20)
pictures, masks = scene(560, gen)
test_pictures, test_masks = scene(150, gen)
unet = nn.Sequential(
    nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(),
    nn.Conv2d(12, 12, 5, padding=2), nn.ReLU(),
    nn.Conv2d(12, 12, 5, padding=2), nn.ReLU(),
    nn.Conv2d(12, 1, 1),
)
criterion = nn.BCEWithLogitsLoss()
sgd = torch.optim.SGD(unet.parameters(), lr=0.1, momentum=0.9)

for epoch in range(10):
    running, parts = 0.0, torch.randperm(560).split(MICRO)
    for k, rows in enumerate(parts, 1):
        loss = criterion(unet(pictures[rows]), masks[rows])
        loss.backward()
        running += loss.item()
        if k % STEPS_PER_UPDATE == 0:
            sgd.step()
            sgd.zero_grad()
    with torch.no_grad():
        overlap = iou(unet(test_pictures), test_masks)
    print(f"epoch {epoch + 1}  loss {running / len(parts):.4f}  test IoU {overlap:.3f}")
