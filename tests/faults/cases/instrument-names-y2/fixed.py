from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

N_CLASSES, N_FEATURES = 24, 20


class Fingerprints(Dataset):
    def __init__(self, n, centres, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.randint(N_CLASSES, (n,), generator=g)
        kind = torch.randint(2, (n,), generator=g)
        self.x = centres[kind, self.y] + 0.55 * torch.randn(n, N_FEATURES, generator=g)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"x": self.x[i], "y": self.y[i]}


torch.manual_seed(19)
centres = torch.randn(2, N_CLASSES, N_FEATURES)
train_dl = DataLoader(Fingerprints(3000, centres, 1), batch_size=50, shuffle=True)
test_dl = DataLoader(Fingerprints(800, centres, 2), batch_size=400)

model = nn.Sequential(OrderedDict([
    ("up", nn.Linear(N_FEATURES, 96)), ("act1", nn.ReLU()),
    ("mid", nn.Linear(96, 64)), ("act2", nn.ReLU()),
    ("out", nn.Linear(64, N_CLASSES)),
]))
sgd = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def objective(logits, y):
    return F.cross_entropy(logits, y)


for epoch in range(8):
    model.train()
    losses = []
    for batch in train_dl:
        loss = objective(model(batch["x"]), batch["y"])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    model.eval()
    hits = 0
    with torch.no_grad():
        for batch in test_dl:
            hits += (model(batch["x"]).argmax(1) == batch["y"]).sum().item()
    print(f"[{epoch + 1}/8] loss={sum(losses) / len(losses):.5f} test_acc={hits / len(test_dl.dataset):.4f}")
