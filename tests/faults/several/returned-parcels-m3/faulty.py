import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import train_test_split
from torch import nn

rng = np.random.default_rng(11)
torch.manual_seed(11)


def load_orders(n=8000):
    """One row an order, as the warehouse exports them."""
    cents = rng.lognormal(8.3, 0.7, n)
    grams = rng.gamma(2.0, 900.0, n)
    km = rng.uniform(5, 900, n)
    days = rng.poisson(3, n) + rng.uniform(0, 1, n)
    earlier = rng.poisson(0.7, n)
    fashion = rng.integers(0, 2, n)
    log_price = (np.log(cents) - 8.3) / 0.7
    score = 1.1 * earlier + 1.3 * fashion * log_price + 0.5 * (days - 3) - 0.4 * log_price - 0.3 * grams / 900
    score = score + rng.logistic(0, 0.9, n)
    returned = (score > np.quantile(score, 0.95)).astype(np.float32)
    return np.stack([cents, grams, km, days, earlier, fashion], 1).astype(np.float32), returned


x, y = load_orders()
x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
x_train, y_train = torch.from_numpy(x_train), torch.from_numpy(y_train)
x_val, y_val = torch.from_numpy(x_val), torch.from_numpy(y_val)

net = nn.Sequential(
    nn.Linear(x.shape[1], 32),
    nn.ReLU(),
    nn.Linear(32, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(1, 26):
    net.train()
    total = 0.0
    for idx in torch.randperm(len(x_train)).split(64):
        opt.zero_grad()
        loss = loss_fn(net(x_train[idx]).squeeze(1), y_train[idx])
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)

    net.eval()
    with torch.no_grad():
        logits = net(x_val).squeeze(1)
        val_loss = loss_fn(logits, y_val).item()
        flagged = (logits > 0).long()
    acc = (flagged == y_val).float().mean().item()
    rec = recall_score(y_val, flagged, zero_division=0)
    bal = balanced_accuracy_score(y_val, flagged)
    print(
        f"epoch {epoch} loss {total / len(x_train):.4f} val loss {val_loss:.4f} "
        f"acc {acc:.3f} recall {rec:.3f} balanced acc {bal:.3f}"
    )
