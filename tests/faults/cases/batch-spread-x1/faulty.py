"""Deep-sets regression: from a bag of raw measurements estimate location and spread of the batch it was drawn from."""
import torch
from torch import nn


def make_bags(n, size, g):
    mu = torch.rand(n, 1, generator=g) * 2 - 1
    sd = 0.2 + torch.rand(n, 1, generator=g)
    bag = mu + sd * torch.randn(n, size, generator=g)
    return bag.unsqueeze(-1), torch.cat([mu, (sd - 0.7) * 2], dim=1)


class SetRegressor(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.rho = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, bag):
        pooled = self.phi(bag).sum(dim=1)
        return self.rho(pooled)


class Trainer:
    def __init__(self, model, lr=0.05, batch=50):
        self.model = model
        self.batch = batch
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.loss = nn.MSELoss()

    def epoch(self, bags, target):
        self.model.train()
        total = 0.0
        for idx in torch.randperm(len(bags)).split(self.batch):
            self.opt.zero_grad()
            loss = self.loss(self.model(bags[idx]), target[idx])
            loss.backward()
            self.opt.step()
            total += loss.item() * len(idx)
        return total / len(bags)

    @torch.no_grad()
    def r2(self, bags, target):
        self.model.eval()
        residual = (self.model(bags) - target).pow(2).mean(0)
        return (1 - residual / target.var(0, unbiased=False)).tolist()


g = torch.Generator().manual_seed(5)
torch.manual_seed(5)
train_bags, train_y = make_bags(1500, 200, g)
test_bags, test_y = make_bags(400, 200, g)
trainer = Trainer(SetRegressor())
for e in range(1, 13):
    mse = trainer.epoch(train_bags, train_y)
    r2_mu, r2_sd = trainer.r2(test_bags, test_y)
    print(f"epoch {e} mse {mse:.4f} test R2 location {r2_mu:.3f} spread {r2_sd:.3f}")
