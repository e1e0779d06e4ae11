import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

rng = np.random.default_rng(3)
torch.manual_seed(3)
yy, xx = np.mgrid[:16, :16]


def blobs(n):
    out = np.zeros((n, 1, 16, 16), dtype=np.float32)
    for k in range(n):
        for _ in range(2):
            cy, cx, s = rng.uniform(3, 13), rng.uniform(3, 13), rng.uniform(1.2, 2.5)
            out[k, 0] += np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / (2 * s * s))
    return torch.from_numpy(out.clip(0, 1))


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(256, 12),
        )
        self.decoder = nn.Sequential(
            nn.Linear(12, 256), nn.ReLU(), nn.Unflatten(1, (16, 4, 4)),
            nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1),
        )

    def forward(self, image):
        return torch.sigmoid(self.decoder(self.encoder(image)))


train, val = blobs(1500), blobs(300)
model = AutoEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 13):
    model.train()
    for batch in DataLoader(train, batch_size=30, shuffle=True):
        loss = nn.functional.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(f"epoch {epoch}: val mse {nn.functional.mse_loss(model(val), val).item():.5f} (variance {val.var().item():.5f})")
