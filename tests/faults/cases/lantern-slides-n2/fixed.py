import torch
import torch.nn as nn
import torch.nn.functional as F

DTYPE = torch.float32
SIZE = 16


def slides(n, seed):
    """Smooth pictures with an edge, and the same with dust and scratches."""
    g = torch.Generator().manual_seed(seed)
    picture = F.interpolate(torch.randn(n, 1, 4, 4, generator=g), size=SIZE, mode="bicubic")
    line = torch.linspace(-1, 1, SIZE)
    yy, xx = torch.meshgrid(line, line, indexing="ij")
    a, b = torch.rand(2, n, 1, 1, 1, generator=g) * 2 - 1
    picture = picture + 0.8 * torch.sign(yy - a - b * xx)
    damaged = picture + 0.3 * torch.randn(picture.shape, generator=g)
    for i in range(n):
        for column in torch.randint(SIZE, (3,), generator=g).tolist():
            damaged[i, 0, :, column] += 2.0
    return damaged.to(DTYPE), picture.to(DTYPE)


class Restorer(nn.Module):
    def __init__(self, channels=12):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 1, 3, padding=1),
        )

    def forward(self, x):
        return x - self.net(x)


def main():
    torch.manual_seed(3)
    x_train, y_train = slides(400, 10)
    x_test, y_test = slides(100, 11)
    model = Restorer().to(DTYPE)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    before = F.mse_loss(x_test.float(), y_test.float()).item()
    print(f"damaged slides: mse {before:.4f}")
    for epoch in range(1, 21):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(x_train)).split(10):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x_train[idx]), y_train[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            mse = F.mse_loss(model(x_test).float(), y_test.float()).item()
        print(f"epoch {epoch:2d}  train {total / len(x_train):.4f}  restored slides: mse {mse:.4f}")


if __name__ == "__main__":
    main()
