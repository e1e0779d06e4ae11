import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset, random_split


def spectra(n, bands=60):
    """Near-infrared curves of wheat, barley, oats and rye at several moistures."""
    grid = torch.linspace(0, 1, bands)
    grain = torch.randint(4, (n,))
    moisture = torch.rand(n)
    centre = torch.tensor([0.30, 0.34, 0.38, 0.42])[grain]
    curve = torch.exp(-((grid - centre[:, None]) ** 2) / 0.01)
    curve = curve + moisture[:, None] * torch.exp(-((grid - 0.7) ** 2) / 0.02)
    curve = curve + torch.randn(n, 1) * 0.4 * grid + torch.randn(n, 1) * 0.2
    wet = (moisture > 0.55).long()
    return curve + 0.08 * torch.randn(n, bands), grain * 2 + wet


class Bench:
    def __init__(self, model, lr):
        self.model = model
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.plateau = ReduceLROnPlateau(self.opt, factor=0.1, patience=2)
        self.loss_fn = nn.CrossEntropyLoss()

    def train_one(self, loader):
        self.model.train()
        mean = 0.0
        for i, (curve, kind) in enumerate(loader):
            self.opt.zero_grad()
            loss = self.loss_fn(self.model(curve), kind)
            loss.backward()
            self.opt.step()
            mean += (loss.item() - mean) / (i + 1)
        return mean

    @torch.no_grad()
    def check(self, loader):
        self.model.eval()
        right = [(self.model(curve).argmax(1) == kind).float() for curve, kind in loader]
        return torch.cat(right).mean().item()

    def run(self, train, val, epochs):
        for epoch in range(1, epochs + 1):
            loss = self.train_one(train)
            accuracy = self.check(val)
            self.plateau.step(accuracy)
            print(f"{epoch:3d}  loss {loss:.4f}  val accuracy {accuracy:.4f}")


torch.manual_seed(30)
grains = TensorDataset(*spectra(2000))
train_set, val_set = random_split(grains, [1500, 500])
net = nn.Sequential(nn.Linear(60, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
bench = Bench(net, lr=0.01)
bench.run(DataLoader(train_set, batch_size=50, shuffle=True), DataLoader(val_set, batch_size=250), epochs=30)
