import torch
import torch.nn as nn


class LSTM(nn.Module):
    """All four gates in one matrix, in the order i, f, g, o."""

    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.weight = nn.Parameter(torch.empty(n_in + n_hidden, 4 * n_hidden).uniform_(-4, 4))
        self.bias = nn.Parameter(torch.zeros(4 * n_hidden))

    def forward(self, x):
        h = x.new_zeros(x.size(0), self.n_hidden)
        c = x.new_zeros(x.size(0), self.n_hidden)
        for step in x.unbind(dim=1):
            gates = torch.cat([step, h], dim=1) @ self.weight + self.bias
            i, f, g, o = gates.chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return h


class LastMarked(nn.Module):
    def __init__(self, n_hidden=48):
        super().__init__()
        self.lstm = LSTM(2, n_hidden)
        self.linear = nn.Linear(n_hidden, 1)

    def forward(self, x):
        return self.linear(self.lstm(x)).squeeze(1)


def make_data(n, steps=12):
    value = 2 * torch.rand(n, steps) - 1
    mark = (torch.rand(n, steps) < 0.2).float()
    mark[:, 0] = 1
    last = (mark * torch.arange(1, steps + 1)).argmax(dim=1)
    target = value[torch.arange(n), last]
    return torch.stack([value / 0.58, mark], dim=2), target / 0.58


torch.manual_seed(33)
x_train, y_train = make_data(3000)
x_test, y_test = make_data(600)
net = LastMarked()
mse = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(1, 13):
    net.train()
    total = 0.0
    for idx in torch.randperm(3000).split(50):
        loss = mse(net(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        total += loss.item() / 60
    if epoch % 2 == 0:
        net.eval()
        with torch.no_grad():
            test = mse(net(x_test), y_test).item()
        print(f"epoch {epoch:2d}: train mse {total:.4f} test mse {test:.4f}")
