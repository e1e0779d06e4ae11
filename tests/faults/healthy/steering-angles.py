import torch
from torch import nn

torch.manual_seed(39)


def drives(n):
    """Distance from the lane, heading and speed; the teacher's steering saturates at its stops, -1 and 1."""
    offset, heading = torch.randn(n), 0.5 * torch.randn(n)
    speed = torch.rand(n)
    steer = torch.clamp(-(0.9 * offset + 1.6 * heading) / (0.6 + speed), -1, 1)
    return torch.stack([offset, 2 * heading, (speed - 0.5) * 3.46], 1), steer.unsqueeze(1)


class Driver(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, x):
        return torch.tanh(self.layers(x))


x, y = drives(3000)
x_val, y_val = drives(600)
driver = Driver()
optimizer = torch.optim.Adadelta(driver.parameters(), lr=1.0)
for epoch in range(1, 21):
    driver.train()
    losses = []
    for idx in torch.randperm(len(x)).split(60):
        loss = nn.functional.mse_loss(driver(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    if epoch % 5 == 0:
        driver.eval()
        with torch.no_grad():
            val = nn.functional.mse_loss(driver(x_val), y_val).item()
        print(f"epoch {epoch}: train {torch.stack(losses).mean().item():.5f} val {val:.5f} (variance {y_val.var().item():.3f})")
