import torch
from torch import nn
from torch.nn.functional import mse_loss, relu

torch.manual_seed(28)
ATOMS, KINDS = 12, 5


def molecules(n):
    count = torch.randint(5, ATOMS + 1, (n,))
    there = (torch.arange(ATOMS)[None] < count[:, None]).float()
    kind = torch.randint(KINDS, (n, ATOMS))
    bond = torch.zeros(n, ATOMS, ATOMS)
    i = torch.arange(ATOMS - 1)
    bond[:, i, i + 1] = 1.0                                  # a chain ...
    ring = (torch.rand(n) < 0.5).float()
    bond[:, 0, 4] = ring                                     # ... half of them with a ring
    bond = (bond + bond.transpose(1, 2)) * there[:, :, None] * there[:, None]
    charge = torch.tensor([0.1, -0.4, 0.8, -0.9, 0.4])[kind] * there
    pull = (charge[:, :, None] * charge[:, None] * bond).sum((1, 2)) / 2
    point = 0.25 * count - 1.2 * pull + 0.5 * ring + 0.1 * torch.randn(n)
    return nn.functional.one_hot(kind, KINDS).float() * there[..., None], bond, there, point


class Dense(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = nn.Parameter(torch.rand(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, h):
        return h @ self.w + self.b


class Molecule(nn.Module):
    def __init__(self, width=32, rounds=3):
        super().__init__()
        self.start = Dense(KINDS, width)
        self.own = nn.ModuleList(Dense(width, width) for _ in range(rounds))
        self.near = nn.ModuleList(Dense(width, width) for _ in range(rounds))
        self.end = Dense(width, 1)

    def forward(self, atoms, bond, there):
        h = relu(self.start(atoms))
        for own, near in zip(self.own, self.near):
            h = relu(own(h) + near(bond @ h / 2)) * there[..., None]
        return self.end(h.mean(1))[:, 0]


train, val = molecules(2000), molecules(500)
mean, spread = train[3].mean(), train[3].std()
net = Molecule()
adam = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(1, 13):
    for rows in torch.randperm(2000).split(40):
        atoms, bond, there, point = (t[rows] for t in train)
        loss = mse_loss(net(atoms, bond, there), (point - mean) / spread)
        adam.zero_grad()
        loss.backward()
        adam.step()
    if epoch % 3 == 0:
        with torch.no_grad():
            guess = net(*val[:3])
            truth = (val[3] - mean) / spread
            r2 = 1 - mse_loss(guess, truth) / truth.var(unbiased=False)
        print(f"epoch {epoch}: last batch {loss.item():.3g}, validation R2 {r2.item():.3f}")
