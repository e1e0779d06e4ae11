import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(9)
S = 16


def runes(n):
    """Runes of a staff and two or three twigs, drawn with soft ink, and scans of them with stains."""
    yy, xx = torch.meshgrid(torch.arange(S).float(), torch.arange(S).float(), indexing="ij")
    clean = torch.zeros(n, 1, S, S)
    for i in range(n):
        ink = torch.exp(-((xx - 7.5) / 1.0) ** 2) * ((yy > 1) & (yy < 14))
        for _ in range(int(torch.randint(2, 4, (1,)))):
            top, slope = torch.randint(2, 10, (1,)).item(), torch.randint(0, 2, (1,)).item() * 2 - 1
            side = torch.randint(0, 2, (1,)).item() * 2 - 1
            along = (xx - 7.5) * side
            twig = torch.exp(-((yy - top - slope * 0.7 * along) / 1.0) ** 2) * ((along > 0) & (along < 6))
            ink = torch.maximum(ink, twig)
        clean[i, 0] = 0.05 + 0.9 * ink
    noisy = (clean + 0.35 * torch.randn_like(clean)).clamp(0, 1)
    return noisy, clean


class DenoisingAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(2 * x - 1))


train_noisy, train_clean = runes(1500)
test_noisy, test_clean = runes(300)
model = DenoisingAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

print(f"scans before cleaning: mse {F.mse_loss(test_noisy, test_clean).item():.4f}")
for epoch in range(1, 16):
    model.train()
    train_loss = 0.0
    for idx in torch.randperm(len(train_noisy)).split(30):
        recon = model(train_noisy[idx])
        loss = F.binary_cross_entropy(train_clean[idx], recon)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(idx)

    model.eval()
    with torch.no_grad():
        mse = F.mse_loss(model(test_noisy), test_clean).item()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: train loss {train_loss / len(train_noisy):.4f}, test mse {mse:.4f}")
