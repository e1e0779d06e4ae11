import torch
from torch import nn
from torch.nn import functional as F


class CalibrationNet(nn.Module):
    """The data sheet of a probe goes through a hypernetwork that gives the coefficients of its curve."""

    def __init__(self, n_sheet, n_basis, hidden=64):
        super().__init__()
        self.hyper = nn.Sequential(
            nn.Linear(n_sheet, hidden), nn.SiLU(),
            nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, n_basis + 1),
        )

    def forward(self, sheet, basis):
        coef = self.hyper(sheet)
        weight = coef[:-1].view(1, -1)
        bias = coef[-1:]
        return F.linear(basis, weight, bias).squeeze(1)


def basis_functions(voltage):
    return torch.stack([voltage, voltage ** 2 - 1 / 3, torch.sin(3 * voltage)], dim=-1)


class Probes:
    """n probes with a sheet of four numbers and 30 readings each."""

    def __init__(self, n, generator):
        self.sheet = torch.randn(n, 4, generator=generator)
        a, b, c, d = self.sheet.T
        true = torch.stack([1 + 0.6 * a, 0.8 * torch.tanh(b), 0.5 * a * c, 0.7 * d], dim=1)
        voltage = torch.rand(n, 30, generator=generator) * 2 - 1
        basis = basis_functions(voltage)
        self.basis = basis
        clean = (basis * true[:, None, :3]).sum(-1) + true[:, 3:]
        self.reading = clean + 0.1 * torch.randn(n, 30, generator=generator)

    def __len__(self):
        return len(self.sheet)


def r_squared(net, probes):
    net.eval()
    with torch.no_grad():
        fitted = torch.stack([net(s, b) for s, b in zip(probes.sheet, probes.basis)])
    return 1 - ((fitted - probes.reading).pow(2).mean() / probes.reading.var()).item()


def main():
    torch.manual_seed(12)
    generator = torch.Generator().manual_seed(12)
    train, test = Probes(300, generator), Probes(80, generator)
    net = CalibrationNet(n_sheet=4, n_basis=3)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(1, 13):
        net.train()
        total = 0.0
        for i in torch.randperm(len(train)).tolist():
            loss = F.mse_loss(net(train.sheet[i], train.basis[i]), train.reading[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 3 == 0:
            print(f"epoch {epoch}: train mse {total / len(train):.4f}, R2 on new probes {r_squared(net, test):.3f}")


if __name__ == "__main__":
    main()
