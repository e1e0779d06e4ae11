import math

import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)

N, LENGTH = 1600, 64


def pulses(n):
    """Sums of two or three damped oscillations at random places."""
    t = torch.arange(LENGTH).float()
    signal = torch.zeros(n, LENGTH)
    for _ in range(3):
        start = torch.rand(n, 1) * 48
        freq = 0.08 + 0.12 * torch.rand(n, 1)
        amp = torch.randn(n, 1)
        after = (t - start).clamp(min=0)
        signal += amp * torch.exp(-after / 12) * torch.sin(2 * math.pi * freq * after)
    return signal.unsqueeze(1)


class Denoiser(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, channels, 7, padding=3),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 5, stride=2, padding=2),
            nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose1d(channels, channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(channels, 1, 7, padding=3),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


clean = pulses(N)
clean_train, clean_val = clean[:1300], clean[1300:]
mean, std = clean_train.mean(), clean_train.std()
clean_train, clean_val = (clean_train - mean) / std, (clean_val - mean) / std
noisy_train = clean_train + 0.5 * torch.randn_like(clean_train)
noisy_val = clean_val + 0.5 * torch.randn_like(clean_val)

train_loader = DataLoader(TensorDataset(noisy_train, clean_train), batch_size=26, shuffle=True)
val_loader = DataLoader(TensorDataset(noisy_val, clean_val), batch_size=100)

model = Denoiser()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scheduler = StepLR(optimizer, step_size=4, gamma=0.5)

for epoch in range(12):
    model.train()
    train_loss = 0.0
    for noisy, target in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(noisy), target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        train_loss += loss.item()

    model.eval()
    val_loss = 0.0
    with torch.no_grad():
        for noisy, target in val_loader:
            val_loss += criterion(model(noisy), target).item()
    print(f"epoch {epoch + 1:02d}  train mse {train_loss / len(train_loader):.4f}  val mse {val_loss / len(val_loader):.4f}")
