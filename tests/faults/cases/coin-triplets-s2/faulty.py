import torch
import torch.nn.functional as F
from torch import nn


def coin_measures(n, mints=12, n_features=40, seed=0):
    """Alloy, weight and die marks; the mint shows only in some directions, wear fills the others."""
    g = torch.Generator().manual_seed(seed)
    mint_style = torch.randn(mints, 6, generator=g)
    mixing = torch.linalg.qr(torch.randn(n_features, n_features, generator=g))[0]
    mint = torch.randint(mints, (n,), generator=g)
    hidden = 1.5 * torch.randn(n, n_features, generator=g)
    hidden[:, :6] = mint_style[mint] + 0.25 * torch.randn(n, 6, generator=g)
    x = hidden @ mixing
    return (x - x.mean(0)) / x.std(0), mint


class TripletSampler:
    def __init__(self, x, labels):
        self.x, self.labels = x, labels
        self.by_label = [torch.nonzero(labels == c).flatten() for c in labels.unique()]

    def _pick(self, classes):
        rows = [self.by_label[c][torch.randint(len(self.by_label[c]), ())] for c in classes.tolist()]
        return self.x[torch.stack(rows)]

    def draw(self, size):
        k = len(self.by_label)
        positive = torch.randint(k, (size,))
        negative = (positive + torch.randint(1, k, (size,))) % k
        return self._pick(positive), self._pick(positive), self._pick(negative)


class Embedder(nn.Module):
    def __init__(self, n_in, n_out=8):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, 48), nn.ReLU(), nn.Linear(48, n_out))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


@torch.no_grad()
def nearest_neighbour_accuracy(model, x_ref, y_ref, x, y):
    model.eval()
    nearest = torch.cdist(model(x), model(x_ref)).argmin(dim=1)
    model.train()
    return (y_ref[nearest] == y).float().mean().item()


torch.manual_seed(40)
x, mint = coin_measures(2000)
x_train, y_train, x_val, y_val = x[:1500], mint[:1500], x[1500:], mint[1500:]
sampler = TripletSampler(x_train, y_train)
model = Embedder(x.shape[1])
triplet = nn.TripletMarginLoss(margin=0.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

print(f"before training: {nearest_neighbour_accuracy(model, x_train, y_train, x_val, y_val):.3f}")
for epoch in range(1, 13):
    total = 0.0
    for _ in range(60):
        a, p, n = sampler.draw(64)
        loss = triplet(model(a), model(p), model(n))
        loss.backward()
        optimizer.step()
        total += loss.item()
    score = nearest_neighbour_accuracy(model, x_train, y_train, x_val, y_val)
    print(f"epoch {epoch:2d} | triplet loss {total / 60:.4f} | nearest neighbour accuracy {score:.3f}")
