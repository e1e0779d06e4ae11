import math
import torch

torch.manual_seed(77)
WIDTH = 4


def picture(p):
    x, y = p[:, 0], p[:, 1]
    red = torch.sin(3 * x) * torch.cos(2 * y)
    green = torch.exp(-((x - 0.3) ** 2 + (y + 0.4) ** 2) * 6) * 2 - 0.5
    blue = torch.tanh(4 * (x * y))
    return torch.stack([red, green, blue], dim=1)


def init(sizes):
    params = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        w = (torch.rand(a, b) * 2 - 1) * math.sqrt(6 / a) / 1.2
        params.append((w.requires_grad_(), torch.zeros(b, requires_grad=True)))
    return params


def forward(params, p):
    h = p
    for w, b in params[:-1]:
        h = torch.tanh(h @ w + b)
    w, b = params[-1]
    return h @ w + b


axis = torch.linspace(-1, 1, 56)
pixels = torch.cartesian_prod(axis, axis)
colours = picture(pixels)

params = init([2, WIDTH, WIDTH, 3])
flat = [t for pair in params for t in pair]
opt = torch.optim.Adam(flat, lr=0.01)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=800, gamma=0.4)
for it in range(2000):
    pick = torch.randint(0, len(pixels), (256,))
    loss = (forward(params, pixels[pick]) - colours[pick]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if (it + 1) % 400 == 0:
        with torch.no_grad():
            mse = (forward(params, pixels) - colours).square().mean().item()
        print(f"iteration {it + 1}: mse {mse:.5f}, psnr {10 * math.log10(4 / mse):.1f} dB")
