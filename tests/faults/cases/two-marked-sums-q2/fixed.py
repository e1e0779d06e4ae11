import resource

import torch
import torch.nn as nn

torch.manual_seed(17)
LENGTH = 40


def adding_problem(n):
    values = torch.rand(n, LENGTH) * 2 - 1
    marks = torch.zeros(n, LENGTH)
    places = torch.rand(n, LENGTH).argsort(dim=1)[:, :2]
    marks.scatter_(1, places, 1.0)
    return torch.stack([values, marks], dim=2), (values * marks).sum(dim=1, keepdim=True) + 0.1 * torch.randn(n, 1)


class GatedCell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.gates = nn.Linear(n_in + n_hidden, 2 * n_hidden)
        self.candidate = nn.Linear(n_in + n_hidden, n_hidden)

    def forward(self, x, h):
        z, r = torch.sigmoid(self.gates(torch.cat([x, h], dim=1))).chunk(2, dim=1)
        new = torch.tanh(self.candidate(torch.cat([x, r * h], dim=1)))
        return (1 - z) * h + z * new


class Adder(nn.Module):
    def __init__(self, n_hidden=32):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = GatedCell(2, n_hidden)
        self.readout = nn.Linear(n_hidden, 1)

    def forward(self, x):
        h = x.new_zeros(len(x), self.n_hidden)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.readout(h)


model = Adder()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.MSELoss()
x_val, y_val = adding_problem(500)

model.train()
losses = []
for step in range(1, 701):
    x, y = adding_problem(64)
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            val = criterion(model(x_val), y_val).item()
        model.train()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        mean = sum(losses[-100:]) / 100
        print(f"step {step}  loss {mean:.4f}  val {val:.4f}  peak memory {peak:.0f} MB")
