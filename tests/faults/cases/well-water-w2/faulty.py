import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WellNet(nn.Module):
    """Takes the laboratory's columns as they are, in their own units."""

    def __init__(self, columns):
        super().__init__()
        self.scale = nn.BatchNorm1d(columns)
        self.hidden1 = nn.Linear(columns, 48)
        self.hidden2 = nn.Linear(48, 48)
        self.safe = nn.Linear(48, 1)

    def forward(self, x):
        x = self.scale(x)
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.safe(x).squeeze(1)


def wells(n, generator):
    z = torch.randn(n, 7, generator=generator)
    danger = 1.2 * z[:, 0] * z[:, 1] + z[:, 2] ** 2 - 1.0 + 0.9 * torch.sin(2 * z[:, 3]) - 0.7 * z[:, 4]
    unsafe = (danger + 0.3 * torch.randn(n, generator=generator) > 0).float()
    units = torch.tensor([240.0, 0.03, 7.0, 1800.0, 0.4, 55.0, 12.0])
    middle = torch.tensor([900.0, 0.1, 60.0, 6000.0, 2.0, 300.0, 40.0])
    return middle + units * z, unsafe


def evaluate(net, loader, loss_function):
    net.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for x, unsafe in loader:
            out = net(x)
            total += loss_function(out, unsafe).item() * len(x)
            right += ((out > 0).float() == unsafe).sum().item()
    return total / len(loader.dataset), right / len(loader.dataset)


def main(epochs=16, seed=22):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    train_loader = DataLoader(TensorDataset(*wells(2000, generator)), batch_size=50, shuffle=True)
    val_loader = DataLoader(TensorDataset(*wells(600, generator)), batch_size=300)
    net = WellNet(7)
    loss_function = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    print("before: loss %.3f accuracy %.3f" % evaluate(net, val_loader, loss_function))
    for epoch in range(1, epochs + 1):
        for x, unsafe in train_loader:
            loss = loss_function(net(x), unsafe)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        print("epoch %2d: loss %.3f accuracy %.3f" % (epoch, *evaluate(net, val_loader, loss_function)))


main()
