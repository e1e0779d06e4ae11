import resource
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def peak_memory_gb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** (30 if sys.platform == "darwin" else 20)


def sky_images(n, gen, size=32):
    """Blue skies with soft white clouds, and the share of them in percent."""
    coarse = torch.randn(n, 1, 5, 5, generator=gen) + 0.8 * torch.randn(n, 1, 1, 1, generator=gen)
    field = nn.functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)
    cloud = torch.sigmoid(8 * field)
    blue = torch.tensor([-0.8, -0.2, 0.7]).view(1, 3, 1, 1)
    white = torch.tensor([0.8, 0.8, 0.8]).view(1, 3, 1, 1)
    light = 1 + 0.25 * torch.randn(n, 1, 1, 1, generator=gen)
    images = light * (blue + cloud * (white - blue)) + 0.3 * torch.randn(n, 3, size, size, generator=gen)
    return images, 100 * cloud.mean(dim=(1, 2, 3))


class CloudCover(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        )
        self.fc = nn.Linear(32, 1)

    def forward(self, x):
        return self.fc(self.conv(x).mean(dim=(2, 3))).squeeze(1)


def evaluate(model, loader, std):
    model.eval()
    outputs, targets = [], []
    for x, y in loader:
        outputs.append(model(x))
        targets.append(y)
    error = (torch.cat(outputs) - torch.cat(targets)) * std
    return error.abs().mean().item(), error.mean().item()


def main():
    torch.manual_seed(20)
    gen = torch.Generator().manual_seed(20)
    x_train, y_train = sky_images(1000, gen)
    x_test, y_test = sky_images(1500, gen)
    mean, std = y_train.mean(), y_train.std()
    train_loader = DataLoader(TensorDataset(x_train, (y_train - mean) / std), batch_size=25, shuffle=True)
    test_loader = DataLoader(TensorDataset(x_test, (y_test - mean) / std), batch_size=50)

    model = CloudCover()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(1, 6):
        model.train()
        for x, y in train_loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        mae, bias = evaluate(model, test_loader, std.item())
        print(f"epoch {epoch}: test error {mae:.2f} points (bias {bias:+.1f}), peak memory {peak_memory_gb():.2f} GB")


if __name__ == "__main__":
    main()
