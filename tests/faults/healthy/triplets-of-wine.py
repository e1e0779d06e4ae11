import torch
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

torch.manual_seed(33)
wine = load_wine()
order = torch.randperm(178)
train, test = order[:120], order[120:]
x = torch.tensor(wine.data, dtype=torch.float32)
x = (x - x[train].mean(0)) / x[train].std(0)
y = torch.tensor(wine.target)
members = [train[y[train] == k] for k in range(3)]
net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 4))
loss_fn = nn.TripletMarginLoss(margin=0.5)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-3)


def draw(rows):
    return rows[torch.randint(len(rows), (1,))].item()


for step in range(1, 301):
    kinds = torch.randint(0, 3, (32,)).tolist()
    others = [(k + 1 + torch.randint(0, 2, (1,)).item()) % 3 for k in kinds]
    anchor, same, other = ([draw(members[k]) for k in group] for group in (kinds, kinds, others))
    net.train()
    loss = loss_fn(net(x[anchor]), net(x[same]), net(x[other]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 0:
        net.eval()
        with torch.no_grad():
            codes = net(x).numpy()
        score = KNeighborsClassifier(3).fit(codes[train], wine.target[train]).score(codes[test], wine.target[test])
        print(f"step {step}: triplet loss {loss.item():.4f} nearest neighbours right {score:.3f}")
