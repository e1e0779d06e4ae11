import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 24


def star_fields(n, seed):
    g = torch.Generator().manual_seed(seed)
    grid = torch.arange(SIZE).float()
    sky = torch.zeros(n, SIZE, SIZE)
    for _ in range(8):
        cy, cx = torch.rand(2, n, 1, 1, generator=g) * SIZE
        bright = 4 + 6 * torch.rand(n, 1, 1, generator=g)
        width = 2 + 2 * torch.rand(n, 1, 1, generator=g)
        d2 = (grid[None, :, None] - cy) ** 2 + (grid[None, None, :] - cx) ** 2
        sky += bright * torch.exp(-d2 / width ** 2)
    noisy = sky + 2.0 * torch.randn(n, SIZE, SIZE, generator=g)
    return TensorDataset(noisy.unsqueeze(1), sky.unsqueeze(1))


class Denoiser(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, 5, padding=2), nn.ReLU(),
            nn.Conv2d(channels, channels, 5, padding=2), nn.ReLU(),
            nn.Conv2d(channels, 1, 5, padding=2),
        )

    def forward(self, x):
        return self.layers(x / 3)


def rms_error(output, clean):
    difference = output - clean.to(output.dtype)
    return torch.sqrt((difference * difference).sum() / difference.numel())


def train(epochs=6):
    torch.manual_seed(97)
    loader = DataLoader(star_fields(300, 1), batch_size=25, shuffle=True)
    noisy_val, clean_val = star_fields(100, 2).tensors
    model = Denoiser()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for epoch in range(1, epochs + 1):
        running = 0.0
        for noisy, clean in loader:
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.float16):
                loss = rms_error(model(noisy), clean)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            running += loss.item()
        with torch.no_grad():
            val = (model(noisy_val) - clean_val).square().mean().sqrt().item()
        print(f"epoch {epoch}: rms train {running / len(loader):.3f}, validation {val:.3f}")


if __name__ == "__main__":
    train()
