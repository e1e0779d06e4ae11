import logging
import sys

import torch
import torch.nn.functional as F
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
log = logging.getLogger("leaves")

ACCUMULATE = 16


class LeafNet(torch.nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.one = torch.nn.Linear(n_in, 64)
        self.norm = torch.nn.LayerNorm(64)
        self.two = torch.nn.Linear(64, n_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.two(F.gelu(self.norm(self.one(x))))


def run_epoch(net, loader, optimizer) -> float:
    net.train()
    total = 0.0
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x), y)
        (loss / ACCUMULATE).backward()
        total += loss.item()
        if (step + 1) % ACCUMULATE == 0 or step + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)


def accuracy(net, x, y) -> float:
    net.eval()
    with torch.inference_mode():
        return (net(x).argmax(1) == y).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(5)
    data, kind = make_classification(1000, 18, n_informative=10, n_redundant=4, n_classes=4,
                                     n_clusters_per_class=1, class_sep=1.6, random_state=5)
    x = torch.tensor((data - data[:720].mean(0)) / data[:720].std(0), dtype=torch.float32)
    y = torch.tensor(kind)
    loader = DataLoader(TensorDataset(x[:720], y[:720]), batch_size=48, shuffle=True)
    net = LeafNet(18, 4)
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
    for epoch in range(60):
        loss = run_epoch(net, loader, optimizer)
        if epoch % 10 == 9:
            log.info("epoch %d loss %.4f test accuracy %.3f", epoch + 1, loss, accuracy(net, x[720:], y[720:]))
