import torch
import torch.nn as nn
import torch.nn.functional as F

COVER = ["water", "meadow", "forest", "wheat", "road", "roof"]
COLOURS = torch.tensor([
    [-1.0, -0.6, 0.9], [-0.4, 0.9, -0.7], [-0.8, 0.1, -0.9], [1.0, 0.8, -0.5], [0.2, 0.1, 0.3], [0.9, -0.7, -0.6],
])


def aerial_images(n, size=20, plots=6):
    """Each pixel belongs to the nearest of six random points, each point to a random kind."""
    points = torch.rand(n, plots, 2) * size
    kinds = torch.randint(len(COVER), (n, plots))
    grid = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij"), -1).float()
    nearest = torch.cdist(grid.view(1, -1, 2).expand(n, -1, 2), points).argmin(-1)
    labels = kinds.gather(1, nearest).view(n, size, size)
    images = COLOURS[labels].permute(0, 3, 1, 2) + 0.6 * torch.randn(n, 3, size, size)
    return images, labels


class LandCoverNet(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.c1 = nn.Conv2d(3, width, 3, padding=1)
        self.c2 = nn.Conv2d(width, width, 3, padding=1)
        self.c3 = nn.Conv2d(width, width, 3, padding=1)
        self.b1, self.b2, self.b3 = (nn.BatchNorm2d(width) for _ in range(3))
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        x = F.relu(self.b1(self.c1(x)))
        x = F.relu(self.b2(self.c2(x)))
        x = F.relu(self.b3(self.c3(x)))
        return self.out(x).squeeze(1)


def predict_map(model, images):
    model.eval()
    with torch.no_grad():
        return model(images).round().clamp(0, len(COVER) - 1).long()


def main():
    torch.manual_seed(19)
    train_x, train_y = aerial_images(400)
    val_x, val_y = aerial_images(100)
    model = LandCoverNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(10):
        model.train()
        running = 0.0
        for idx in torch.randperm(len(train_x)).split(16):
            loss = F.mse_loss(model(train_x[idx]), train_y[idx].float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() * len(idx)
        hit = predict_map(model, val_x) == val_y
        each = [f"{name} {hit[val_y == k].float().mean():.2f}" for k, name in enumerate(COVER)]
        print(f"[{epoch + 1:2d}] loss {running / len(train_x):.3f} | {', '.join(each)} | pixel accuracy {hit.float().mean():.3f}")


if __name__ == "__main__":
    main()
