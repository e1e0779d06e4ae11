"""A tank fills and empties; from sixty readings of rain and valve, what is the level at the end?"""
import torch
import torch.nn as nn

LENGTH = 60


def tanks(n, gen):
    rain = torch.randn(n, LENGTH, generator=gen)
    valve = (torch.rand(n, LENGTH, generator=gen) < 0.3).float()
    level = torch.zeros(n)
    for t in range(LENGTH):
        level = 0.97 * level + rain[:, t] * (1 - valve[:, t])
    return torch.stack([rain, (valve - 0.3) / 0.46], dim=2), level / 3.4


class Gauge(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        nn.init.eye_(self.rnn.weight_hh_l0)          # Le, Jaitly and Hinton, 2015
        nn.init.zeros_(self.rnn.bias_ih_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h[-1]).squeeze(-1)


torch.manual_seed(1)
gen = torch.Generator().manual_seed(1)
x_val, y_val = tanks(500, gen)
model = Gauge()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=800)
print(f"always the mean: mse {y_val.var().item():.3f}")

for step in range(1, 801):
    model.train()
    x, y = tanks(64, gen)
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            val = criterion(model(x_val), y_val).item()
        print(f"step {step}  train mse {loss.item():.4f}  val mse {val:.4f}")
