import resource

import torch
from torch import nn


def traces(n, length=512, seed=0):
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(length).float()
    at = torch.randint(60, length - 60, (n, 3, 1), generator=g).float()
    freq = 0.05 + 0.10 * torch.rand(n, 3, 1, generator=g)
    size = torch.randn(n, 3, 1, generator=g)
    clean = (size * torch.exp(-((t - at) / 18) ** 2) * torch.cos(6.2832 * freq * (t - at))).sum(1, keepdim=True)
    return clean + 0.3 * torch.randn(n, 1, length, generator=g), clean


torch.manual_seed(0)
noisy, clean = traces(2000)
val_noisy, val_clean = traces(200, seed=1)

net = nn.Sequential(
    nn.Conv1d(1, 16, 15, stride=2, padding=7), nn.ReLU(),
    nn.Conv1d(16, 16, 15, padding=7), nn.ReLU(),
    nn.ConvTranspose1d(16, 1, 16, stride=2, padding=7),
)
adam = torch.optim.Adam(net.parameters(), lr=3e-3)
notes = {"loss": [], "likeness": []}
for epoch in range(5):
    for idx in torch.randperm(len(noisy)).split(50):
        restored = net(noisy[idx])
        loss = nn.functional.mse_loss(restored, clean[idx])
        adam.zero_grad()
        loss.backward()
        adam.step()
        notes["loss"].append(loss.item())
        notes["likeness"].append(nn.functional.cosine_similarity(restored, clean[idx], dim=-1).mean())
    with torch.no_grad():
        val = nn.functional.mse_loss(net(val_noisy), val_clean)
    recent = notes["likeness"][-40:]
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"epoch {epoch + 1}: likeness {sum(recent) / len(recent):.4f}, validation mse {val:.4f} (noise {0.3 ** 2:.4f}), {mb:.0f} MB")
