import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.distributions import Beta

torch.manual_seed(30)
digits = load_digits()
x = torch.tensor(digits.images / 8 - 1, dtype=torch.float32).unsqueeze(1)
y = F.one_hot(torch.tensor(digits.target), 10).float()
order = torch.randperm(len(x))
train, val = order[:1400], order[1400:]
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10),
)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
beta = Beta(0.4, 0.4)
for epoch in range(1, 11):
    net.train()
    total = 0.0
    batches = train[torch.randperm(len(train))].split(40)
    for idx in batches:
        lam = beta.sample((len(idx), 1))
        other = idx[torch.randperm(len(idx))]
        mixed = lam[..., None, None] * x[idx] + (1 - lam[..., None, None]) * x[other]
        target = lam * y[idx] + (1 - lam) * y[other]
        loss = F.cross_entropy(net(mixed), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        out = net(x[val])
    print(f"epoch {epoch}: train {total / len(batches):.3f} val {F.cross_entropy(out, y[val]).item():.3f} acc {(out.argmax(1) == y[val].argmax(1)).float().mean().item():.3f}")
