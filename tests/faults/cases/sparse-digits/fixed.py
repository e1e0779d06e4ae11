import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(12)

pixels = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
pixels = pixels[torch.randperm(len(pixels))]
mean = pixels[:1500].mean(0)
train, held_out = pixels[:1500] - mean, pixels[1500:] - mean


class SparseCoder(nn.Module):
    def __init__(self, n_pixels=64, n_atoms=128, threshold=0.1):
        super().__init__()
        self.analysis = nn.Linear(n_pixels, n_atoms)
        self.shrink = nn.Softshrink(threshold)
        self.synthesis = nn.Linear(n_atoms, n_pixels)

    def code(self, x):
        return self.shrink(self.analysis(x))

    def forward(self, x):
        return self.synthesis(self.code(x))


coder = SparseCoder(threshold=0.2)
optimizer = torch.optim.Adam(coder.parameters(), lr=2e-3)
for epoch in range(1, 41):
    coder.train()
    for batch in train[torch.randperm(len(train))].split(50):
        loss = F.mse_loss(coder(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        coder.eval()
        with torch.no_grad():
            error = F.mse_loss(coder(held_out), held_out).item()
            used = (coder.code(held_out) != 0).float().mean().item()
        share = 1 - error / held_out.var(0, unbiased=False).mean().item()
        print(f"epoch {epoch}: train mse {loss.item():.4f} held-out mse {error:.4f} "
              f"explained {share:.3f} share of atoms in use {used:.3f}")
