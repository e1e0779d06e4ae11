import copy

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)
order = torch.randperm(len(x))
train, test = order[:1400], order[1400:]


def view(batch):
    keep = (torch.rand_like(batch) > 0.2).float()
    return batch * keep + 0.15 * torch.randn_like(batch)


online = nn.Sequential(nn.Linear(64, 96), nn.BatchNorm1d(96), nn.ReLU(), nn.Linear(96, 32))
predictor = nn.Sequential(nn.Linear(32, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 32))
target = copy.deepcopy(online).requires_grad_(False)
optimizer = torch.optim.AdamW([*online.parameters(), *predictor.parameters()], lr=2e-3, weight_decay=1e-4)


def regress(prediction, wanted):
    return 2 - 2 * F.cosine_similarity(prediction, wanted.detach(), dim=1).mean()


for epoch in range(1, 21):
    online.train()
    losses = []
    for idx in train[torch.randperm(len(train))].split(140):
        a, b = view(x[idx]), view(x[idx])
        with torch.no_grad():
            ta, tb = target(a), target(b)
        loss = regress(predictor(online(a)), tb) + regress(predictor(online(b)), ta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.lerp_(fast, 0.02)
        losses.append(loss.item())
    if epoch % 5 == 0:
        online.eval()
        with torch.no_grad():
            codes = F.normalize(online(x), dim=1).numpy()
        knn = KNeighborsClassifier(5).fit(codes[train], digits.target[train])
        print(f"epoch {epoch}: loss {sum(losses) / len(losses):.3f} spread of the codes {codes.std(0).mean():.3f} nearest neighbours right {knn.score(codes[test], digits.target[test]):.3f}")
