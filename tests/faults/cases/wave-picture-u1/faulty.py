# Fit a picture with a coordinate network (NeRF style encoding), 64 x 64 pixels, one channel
import math
import torch
from torch import nn

torch.manual_seed(40)

side = 64
axis = torch.linspace(-1, 1, side)
yy, xx = torch.meshgrid(axis, axis, indexing="ij")
picture = 0.5 + 0.25 * torch.sin(9 * (xx ** 2 + yy ** 2)) + 0.25 * torch.sign(torch.sin(5 * xx + 2)) * torch.cos(4 * yy)
coords = torch.stack([xx, yy], dim=-1).reshape(-1, 2)
values = picture.reshape(-1, 1)


def encode(p, octaves=3):
    feats = [p]
    for k in range(octaves):
        feats += [torch.sin(2 ** k * math.pi * p), torch.cos(2 ** k * math.pi * p)]
    return torch.cat(feats, dim=-1)


inputs = encode(coords)
# every fourth pixel is kept for the test
is_test = torch.rand(len(inputs)) < 0.25
train_in, train_out = inputs[~is_test], values[~is_test]
test_in, test_out = inputs[is_test], values[is_test]

width = 3
net = nn.Sequential(
    nn.Linear(inputs.shape[1], width), nn.GELU(),
    nn.Linear(width, width), nn.GELU(),
    nn.Linear(width, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1500, 1e-4)

for it in range(1500):
    sel = torch.randint(0, len(train_in), (512,))
    mse = (net(train_in[sel]) - train_out[sel]).square().mean()
    optimizer.zero_grad()
    mse.backward()
    optimizer.step()
    scheduler.step()
    if (it + 1) % 300 == 0:
        with torch.no_grad():
            a = (net(train_in) - train_out).square().mean().item()
            b = (net(test_in) - test_out).square().mean().item()
        print(f"iter {it + 1}: train PSNR {-10 * math.log10(a):.2f} dB, test PSNR {-10 * math.log10(b):.2f} dB")
