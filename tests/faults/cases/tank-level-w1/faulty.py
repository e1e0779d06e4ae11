import torch
import torch.nn as nn

torch.manual_seed(50)


def tank(n, steps=50):
    """how much water is offered, whether the valve is open, and the (standardized) level at the end"""
    offered = torch.rand(n, steps)
    is_open = (torch.rand(n, steps) < 0.5).float()
    level = torch.zeros(n)
    for t in range(steps):
        level = 0.96 * level + offered[:, t] * is_open[:, t]
    return torch.stack([offered, is_open], dim=2), (level - 5.4) / 1.14


class Gauge(nn.Module):
    def __init__(self, units=32):
        super().__init__()
        self.rnn = nn.RNN(2, units, nonlinearity="relu", batch_first=True)
        self.read = nn.Linear(units, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.05)
        nn.init.zeros_(self.rnn.bias_hh_l0)
        nn.init.zeros_(self.rnn.bias_ih_l0)

    def forward(self, seq):
        states, _ = self.rnn(seq)
        return self.read(states[:, -1]).squeeze(1)


train_seq, train_level = tank(3000)
val_seq, val_level = tank(500)
net = Gauge()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
loss_fn = nn.MSELoss()

for epoch in range(1, 11):
    total = 0.0
    for rows in torch.randperm(len(train_seq)).split(32):
        loss = loss_fn(net(train_seq[rows]), train_level[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows) / len(train_seq)
    schedule.step()
    with torch.no_grad():
        val = loss_fn(net(val_seq), val_level).item()
    print(f"epoch {epoch}: loss {total:.4f} val mse {val:.4f}")
