import logging
import math

import torch
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
log = logging.getLogger("pipes")


class LeakDetector:
    def __init__(self, n_in, width=64, prior=0.02, lr=2e-3, epochs=15, batch=64):
        self.epochs, self.batch = epochs, batch
        self.net = nn.Sequential(
            nn.Linear(n_in, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, 1),
        )
        # start from the base rate so that the quiet pipes do not swamp the first epochs
        for layer in self.net:
            if isinstance(layer, nn.Linear):
                nn.init.constant_(layer.bias, -math.log((1 - prior) / prior))
        self.opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.loss_fn = nn.BCEWithLogitsLoss()

    def fit(self, x, y, x_val, y_val):
        for epoch in range(self.epochs):
            order = torch.randperm(len(x))
            total = 0.0
            for start in range(0, len(x), self.batch):
                pick = order[start:start + self.batch]
                loss = self.loss_fn(self.net(x[pick])[:, 0], y[pick])
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                total += loss.item() * len(pick)
            ap = average_precision_score(y_val.numpy(), self.score(x_val).numpy())
            log.info("epoch %d loss %.4f average precision %.3f", epoch + 1, total / len(x), ap)
        return self

    @torch.no_grad()
    def score(self, x):
        return torch.sigmoid(self.net(x)[:, 0])


torch.manual_seed(21)
X, y = make_classification(6000, 16, n_informative=10, n_redundant=2, n_clusters_per_class=2,
                           weights=[0.8], class_sep=1.5, flip_y=0.0, random_state=21)
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
sc = StandardScaler().fit(X_tr)
as_tensor = lambda a: torch.as_tensor(a, dtype=torch.float32)
detector = LeakDetector(n_in=16)
detector.fit(as_tensor(sc.transform(X_tr)), as_tensor(y_tr), as_tensor(sc.transform(X_va)), as_tensor(y_va))
