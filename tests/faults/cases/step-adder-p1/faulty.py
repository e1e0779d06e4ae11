# Adding problem (Hochreiter & Schmidhuber 1997) with an IRNN (Le, Jaitly & Hinton 2015)
import torch
from torch import nn

T, HIDDEN, BATCH = 24, 64, 32
torch.manual_seed(7)


def adding_batch(n):
    values = torch.rand(n, T)
    marks = torch.zeros(n, T)
    first = torch.randint(0, T // 2, (n,))
    second = torch.randint(T // 2, T, (n,))
    marks[torch.arange(n), first] = 1
    marks[torch.arange(n), second] = 1
    target = (values * marks).sum(1)
    return torch.stack([values - 0.5, marks], 2), (target - 1) / 0.408


class IRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="relu", batch_first=True)
        self.readout = nn.Linear(HIDDEN, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.05)
        nn.init.zeros_(self.rnn.bias_hh_l0)
        nn.init.zeros_(self.rnn.bias_ih_l0)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.readout(states[:, -1]).squeeze(1)


net = IRNN()
opt = torch.optim.SGD(net.parameters(), lr=0.003, momentum=0.9)
x_val, y_val = adding_batch(1000)

average = 0.0
for step in range(1, 3001):
    x, y = adding_batch(BATCH)
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    average += loss.item() / 250
    if step % 250 == 0:
        net.eval()
        with torch.no_grad():
            val = nn.functional.mse_loss(net(x_val), y_val).item()
        net.train()
        print(f"step {step}: train mse {average:.4f}, val mse {val:.4f} (1.0 for the mean)")
        average = 0.0
