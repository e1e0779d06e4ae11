import torch
import torch.nn as nn

# dead reckoning: from 60 noisy speed readings to the position at the end
torch.manual_seed(3)
T = 60


def tracks(n):
    speed = torch.randn(n, T, 1) * 0.3 + torch.randn(n, 1, 1) * 0.1
    slip = 0.7 + 0.3 * torch.tanh(2 * speed)
    return speed, (speed * slip).sum(1) / 3


class Reckoner(nn.Module):
    def __init__(self, units=32):
        super().__init__()
        self.units = units
        self.w_in = nn.Linear(1, units)
        self.w_rec = nn.Linear(units, units, bias=False)
        self.readout = nn.Linear(units, 1)
        nn.init.orthogonal_(self.w_rec.weight, gain=2.0)

    def forward(self, x):
        h = x.new_zeros(len(x), self.units)
        for t in range(x.shape[1]):
            h = torch.relu(self.w_in(x[:, t]) + self.w_rec(h))
        return self.readout(h)


train_x, train_y = tracks(2000)
test_x, test_y = tracks(500)
model = Reckoner()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(10):
    model.train()
    total = 0.0
    for rows in torch.randperm(2000).split(40):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(train_x[rows]), train_y[rows])
        loss.backward()
        opt.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        rmse = nn.functional.mse_loss(model(test_x), test_y).sqrt().item()
    print(f"epoch {epoch + 1} train mse {total / 50:.4f} test rmse {rmse:.4f}")
