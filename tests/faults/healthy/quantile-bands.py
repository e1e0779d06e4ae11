import torch
from torch import nn

torch.manual_seed(41)
x = torch.rand(4000, 1) * 4 - 2
y = x ** 2 / 2 + (0.2 + 0.2 * x.abs()) * torch.distributions.Exponential(1.0).sample((4000, 1))
levels = torch.tensor([0.1, 0.5, 0.9])


def pinball(prediction, target):
    miss = target - prediction
    return torch.maximum(levels * miss, (levels - 1) * miss).mean()


net = nn.Sequential(nn.Linear(1, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.3)
for epoch in range(1, 26):
    net.train()
    for idx in torch.randperm(3200).split(64):
        loss = pinball(net(x[idx]), y[idx])       # one target against three levels: broadcast as meant
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    if epoch % 5 == 0:
        net.eval()
        with torch.no_grad():
            out = net(x[3200:])
        below = (y[3200:] < out).float().mean(0).tolist()
        print(f"epoch {epoch}: val {pinball(out, y[3200:]).item():.4f} share below {below[0]:.2f} {below[1]:.2f} {below[2]:.2f}")
