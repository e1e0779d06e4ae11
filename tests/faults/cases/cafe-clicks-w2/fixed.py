import logging
import sys
from collections import OrderedDict

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
log = logging.getLogger("cafe")

FIELDS = OrderedDict(guest=40, dish=30, hour=12, weather=4)


class FactorizationMachine(nn.Module):
    def __init__(self, sizes, factors=8):
        super().__init__()
        offsets = torch.tensor([0, *sizes]).cumsum(0)[:-1]
        self.register_buffer("offsets", offsets)
        self.bias = nn.Parameter(torch.zeros(1))
        self.linear = nn.Embedding(sum(sizes), 1)
        self.factors = nn.Parameter(torch.randn(sum(sizes), factors))
        with torch.no_grad():
            self.factors.mul_(0.1)
            self.linear.weight.zero_()

    def forward(self, fields):
        ids = fields + self.offsets
        v = self.factors[ids]
        pairs = 0.5 * (v.sum(1).square() - v.square().sum(1)).sum(1)
        return self.bias + self.linear(ids).sum((1, 2)) + pairs


def visits(n, seed):
    g = torch.Generator().manual_seed(99)
    tables = {k: 0.9 * torch.randn(s, 3, generator=g) for k, s in FIELDS.items()}
    main = {k: 0.3 * torch.randn(s, generator=g) for k, s in FIELDS.items()}
    g = torch.Generator().manual_seed(seed)
    cols = [torch.randint(s, (n,), generator=g) for s in FIELDS.values()]
    a = dict(zip(FIELDS, cols))
    logit = sum(main[k][a[k]] for k in FIELDS)
    logit = logit + 1.6 * (tables["guest"][a["guest"]] * tables["dish"][a["dish"]]).sum(1)
    logit = logit + 1.2 * (tables["dish"][a["dish"]] * tables["hour"][a["hour"]]).sum(1)
    ordered = (torch.rand(n, generator=g) < torch.sigmoid(2 * logit)).float()
    return torch.stack(cols, 1), ordered


def auc(score, label):
    rank = score.argsort().argsort().double() + 1
    pos = label.sum()
    return ((rank[label == 1].sum() - pos * (pos + 1) / 2) / (pos * (len(label) - pos))).item()


def main():
    torch.manual_seed(2)
    loader = DataLoader(TensorDataset(*visits(8000, 1)), batch_size=200, shuffle=True)
    test_x, test_y = visits(2000, 2)
    fm = FactorizationMachine(list(FIELDS.values()))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(fm.parameters(), lr=0.015)
    for epoch in range(12):
        losses = []
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(fm(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            score = fm(test_x)
        log.info("epoch %2d  log loss %.4f  test AUC %.3f", epoch + 1, sum(losses) / len(losses), auc(score, test_y))


main()
