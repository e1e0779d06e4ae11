import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def edge_profiles(n, length=64):
    """Intensity across an edge: the wider the blur, the further out of focus; ringing tells the side."""
    defocus = torch.rand(n) * 2 - 1
    centre = length / 2 + 1.5 * torch.randn(n, 1)
    position = torch.arange(length).float() - centre
    width = 1.5 + 8 * defocus.abs().unsqueeze(1)
    contrast = 0.6 + 0.4 * torch.rand(n, 1)
    profile = 0.5 + 0.5 * contrast * torch.erf(position / width)
    ringing = 0.2 * torch.sin(position / 1.5) * torch.exp(-position.abs() / 6)
    profile = profile + ringing * torch.sign(defocus).unsqueeze(1) + 0.02 * torch.randn(n, length)
    return (profile - 0.5) / 0.35, defocus / math.sqrt(1 / 3)


class FocusNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def run(dtype, epochs=15, device="cuda" if torch.cuda.is_available() else "cpu"):
    torch.manual_seed(26)
    train = DataLoader(TensorDataset(*edge_profiles(3000)), batch_size=50, shuffle=True)
    val_x, val_y = (t.to(device) for t in edge_profiles(600))
    net = FocusNet().to(device, dtype)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    criterion = nn.MSELoss()

    for epoch in range(1, epochs + 1):
        net.train()
        losses = []
        for x, y in train:
            x, y = x.to(device, dtype), y.to(device, dtype)
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

        net.eval()
        with torch.no_grad():
            guess = net(val_x.to(dtype)).float()
        rmse = (guess - val_y).pow(2).mean().sqrt().item()
        if epoch % 3 == 0:
            print(f"epoch {epoch:2d}  train mse {sum(losses) / len(losses):.4f}  val rmse {rmse:.4f}")


run(dtype=torch.float32)
