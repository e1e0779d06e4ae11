import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(14)


def levels(n, length):
    x = torch.zeros(n, length + 20)
    noise = torch.randn(n, length + 20)
    for t in range(2, length + 20):
        x[:, t] = 1.5 * x[:, t - 1] - 0.75 * x[:, t - 2] + 0.35 * noise[:, t]
    return x[:, 20:]


class DilatedConv(nn.Module):
    def __init__(self, c_in, c_out, kernel, dilation):
        super().__init__()
        self.surplus = (kernel - 1) * dilation
        self.conv = nn.Conv1d(c_in, c_out, kernel, padding=self.surplus, dilation=dilation)

    def forward(self, x):
        y = self.conv(x)
        return y[:, :, :-self.surplus].contiguous()


class TCN(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.a = DilatedConv(1, width, 3, 1)
        self.b = DilatedConv(width, width, 3, 2)
        self.head = nn.Conv1d(width, 1, 1)

    def forward(self, x):                       # (batch, time)
        h = F.relu(self.a(x.unsqueeze(1)))
        h = h + F.relu(self.b(h))
        return self.head(h).squeeze(1)


train, test = levels(200, 60), levels(60, 60)
net = TCN()
optim = torch.optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(1, 16):
    for rows in torch.randperm(len(train)).split(20):
        series = train[rows]
        loss = F.mse_loss(net(series[:, :-1]), series[:, 1:])
        optim.zero_grad()
        loss.backward()
        optim.step()
    if epoch % 3 == 0:
        with torch.no_grad():
            whole = F.mse_loss(net(test[:, :-1]), test[:, 1:])
            live = torch.stack([(net(test[:, :t])[:, -1] - test[:, t]) ** 2 for t in range(30, 60)]).mean()
        print(f"epoch {epoch}: loss on whole series {whole:.4f}, live error {live:.4f}")
