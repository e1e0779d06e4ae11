import numpy as np
import torch
import torch.nn as nn
from sklearn.feature_extraction.text import HashingVectorizer

rng = np.random.default_rng(12)
torch.manual_seed(12)
LR, GAMMA, POWER = 0.05, 0.002, 0.75

verbs = ["opened", "closed", "accepted", "refused", "retried", "dropped"]
things = ["socket", "session", "file", "lock", "cache", "index"]
hosts = [f"node{i}" for i in range(25)]


def line():
    verb, thing = rng.choice(verbs), rng.choice(things)
    bad = (verb in ("refused", "dropped")) != (thing in ("cache", "index"))
    noise = " ".join(rng.choice(hosts, rng.integers(1, 5)))
    return f"{noise} {verb} {thing} after {rng.integers(1, 40)} ms", float(bad)


texts, labels = zip(*[line() for _ in range(3600)])
vectors = HashingVectorizer(n_features=256, norm=None, alternate_sign=False).transform(texts).toarray()
x = torch.tensor(vectors, dtype=torch.float32)
y = torch.tensor(labels)

model = nn.Sequential(nn.Linear(256, 48), nn.ReLU(), nn.Linear(48, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda it: (1.0 + GAMMA * it) ** (-POWER))
bce = nn.BCEWithLogitsLoss()

for epoch in range(10):
    model.train()
    losses = []
    for idx in torch.randperm(3000).split(50):
        loss = bce(model(x[idx]).squeeze(1), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        found = (model(x[3000:]).squeeze(1) > 0).float()
    print(f"epoch {epoch + 1:2d} lr {scheduler.get_last_lr()[0]:.5f} loss {np.mean(losses):.4f} accuracy {(found == y[3000:]).float().mean():.3f}")
