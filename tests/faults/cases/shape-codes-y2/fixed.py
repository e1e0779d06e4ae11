import torch
from sklearn.datasets import load_digits
from torch import nn


class Stopper:
    def __init__(self, patience, min_delta):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = float("inf"), 0

    def __call__(self, value):
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


torch.manual_seed(16)
pixels = torch.tensor(load_digits().data, dtype=torch.float32) / 16
pixels = pixels[torch.randperm(len(pixels))]
fit, val = pixels[:1440], pixels[1440:]

encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 12))
decoder = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, 64), nn.Sigmoid())
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
stop = Stopper(patience=3, min_delta=1e-5)

for epoch in range(1, 81):
    for rows in torch.randperm(len(fit)).split(48):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(decoder(encoder(fit[rows])), fit[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        err = nn.functional.mse_loss(decoder(encoder(val)), val).item()
    print(f"epoch {epoch}: val error {err:.4f}")
    if stop(err):
        break
print(f"stopped after {epoch} epochs, val error {err:.4f} (pixel variance {val.var(0).mean():.4f})")
