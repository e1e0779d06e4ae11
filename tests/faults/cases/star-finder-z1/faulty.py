import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 20
PRIOR = 0.01


def sky(count: int, seed: int) -> TensorDataset:
    gen = torch.Generator().manual_seed(seed)
    grid = torch.arange(SIZE).float()
    images = torch.randn(count, 1, SIZE, SIZE, generator=gen) * 0.5
    truth = torch.zeros(count, 1, SIZE, SIZE)
    for i in range(count):
        for _ in range(3):
            r, c = torch.randint(2, SIZE - 2, (2,), generator=gen).tolist()
            bump = torch.exp(-((grid[:, None] - r) ** 2 + (grid[None, :] - c) ** 2) / 2.5)
            images[i, 0] += 3 * bump
            truth[i, 0, r, c] = 1.0
    return TensorDataset(images, truth)


class Detector(nn.Module):
    """Gives for every pixel the logit that a star sits there."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 5, padding=2),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Conv2d(width, 1, 3, padding=1)
        # stars are rare: start with a low probability everywhere
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.constant_(module.bias, -math.log((1 - PRIOR) / PRIOR))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(image))


@torch.no_grad()
def found(model: Detector, data: TensorDataset) -> float:
    """Share of the stars among the three brightest pixels of the map."""
    image, truth = data.tensors
    top = model(image).flatten(1).topk(3, dim=1).indices
    return (truth.flatten(1).gather(1, top).sum() / truth.sum()).item()


torch.manual_seed(2)
train, test = sky(500, 0), sky(100, 1)
model = Detector()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(1, 7):
    for image, truth in DataLoader(train, batch_size=20, shuffle=True):
        loss = nn.functional.binary_cross_entropy_with_logits(model(image), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.5f}, stars found {found(model, test):.3f}")
