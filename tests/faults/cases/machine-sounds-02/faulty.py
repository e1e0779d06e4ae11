import math
import resource

import torch
import torch.nn as nn
from sklearn.metrics import roc_auc_score

LONG = 256


def sounds(n, g, odd=0.0):
    t = torch.arange(LONG) / LONG
    base = 6 + torch.rand(n, 1, generator=g)
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    wave = torch.sin(2 * math.pi * base * t + phase) + 0.5 * torch.sin(4 * math.pi * base * t + 2 * phase)
    is_odd = torch.rand(n, generator=g) < odd
    whistle = 0.8 * torch.sin(2 * math.pi * 45 * t) * is_odd[:, None]
    return (wave + whistle + 0.1 * torch.randn(n, LONG, generator=g)).unsqueeze(1), is_odd


class ConvAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, 16, 9, stride=2, padding=4), nn.ReLU(),
            nn.Conv1d(16, 16, 9, stride=4, padding=4), nn.ReLU(),
            nn.Conv1d(16, 4, 5, stride=2, padding=2))
        self.decoder = nn.Sequential(
            nn.ConvTranspose1d(4, 16, 8, stride=4, padding=2), nn.ReLU(),
            nn.ConvTranspose1d(16, 16, 8, stride=4, padding=2), nn.ReLU(),
            nn.Conv1d(16, 1, 5, padding=2))

    def forward(self, x):
        return self.decoder(self.encoder(x))


g = torch.Generator().manual_seed(2)
torch.manual_seed(2)
usual, _ = sounds(1500, g)
test, is_odd = sounds(6000, g, odd=0.2)

model = ConvAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(8):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(usual)).split(50):
        optimizer.zero_grad()
        loss = ((model(usual[idx]) - usual[idx]) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx) / len(usual)
    print(f"epoch {epoch + 1} reconstruction error {total:.4f}")

model.eval()
error = torch.cat([((model(part) - part) ** 2).mean(dim=(1, 2)) for part in test.split(100)])
auc = roc_auc_score(is_odd, error.tolist())
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 10
print(f"odd sounds found: auc {auc:.3f}, peak memory {memory:.0f} MB")
