import torch
from torch import nn

torch.manual_seed(0)
side = 32
axis = torch.linspace(-1, 1, side)
grid = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
radius = grid.norm(dim=1)
pixels = torch.stack([torch.sin(9 * radius), torch.cos(7 * grid[:, 0]) * torch.cos(5 * grid[:, 1]), (radius < 0.6).float() * 2 - 1], 1)


class Sine(nn.Module):
    def __init__(self, n_in, n_out, omega=15.0, first=False):
        super().__init__()
        self.linear, self.omega = nn.Linear(n_in, n_out), omega
        bound = 1 / n_in if first else (6 / n_in) ** 0.5 / omega
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x):
        return torch.sin(self.omega * self.linear(x))


# one image is all there is: the network is to hold it, not to generalize
net = nn.Sequential(Sine(2, 64, first=True), Sine(64, 64), nn.Linear(64, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(1, 501):
    loss = nn.functional.mse_loss(net(grid), pixels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: psnr {10 * torch.log10(4 / loss.detach()).item():.2f} dB")
