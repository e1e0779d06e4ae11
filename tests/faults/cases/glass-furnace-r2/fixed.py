import logging
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
log = logging.getLogger("furnace")


def simulate(steps):
    """Gas valve and load drive the temperature with some inertia, minute by minute."""
    gas, load, temp = torch.zeros(steps), torch.zeros(steps), torch.zeros(steps)
    noise = torch.randn(3, steps)
    for t in range(1, steps):
        gas[t] = 0.97 * gas[t - 1] + 0.24 * noise[0, t]
        load[t] = 0.9 * load[t - 1] + 0.43 * noise[1, t]
        temp[t] = 0.9 * temp[t - 1] + 0.2 * torch.tanh(1.5 * gas[t - 1]) - 0.12 * load[t - 1] + 0.01 * noise[2, t]
    return torch.stack([gas, load, temp], dim=1)


def to_examples(run, history=20, ahead=3):
    windows = run.unfold(0, history, 1)[:-ahead]
    return windows.flatten(1), run[history - 1 + ahead:, 2:]


class Trainer:
    def __init__(self, model, optimizer, criterion, max_norm=5.0):
        self.model, self.optimizer, self.criterion = model, optimizer, criterion
        self.max_norm = max_norm

    def train_step(self, x, y):
        self.model.train()
        loss = self.criterion(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        losses = [self.criterion(self.model(x), y).item() for x, y in loader]
        return sum(losses) / len(losses)

    def fit(self, train_loader, val_loader, epochs):
        for epoch in range(1, epochs + 1):
            losses = [self.train_step(x, y) for x, y in train_loader]
            val = self.evaluate(val_loader)
            if epoch % 5 == 0:
                log.info("epoch %d: train %.4f, val %.4f", epoch, sum(losses) / len(losses), val)


def main():
    torch.manual_seed(77)
    run = simulate(6000)
    mean, std = run[:4800].mean(0), run[:4800].std(0)
    run = (run - mean) / std
    train_loader = DataLoader(TensorDataset(*to_examples(run[:4800])), batch_size=48, shuffle=True)
    val_loader = DataLoader(TensorDataset(*to_examples(run[4800:])), batch_size=256)
    model = nn.Sequential(nn.Linear(60, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    Trainer(model, optimizer, nn.MSELoss()).fit(train_loader, val_loader, epochs=25)


main()
