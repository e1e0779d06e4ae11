import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(12)
KINDS = ["good", "cracked", "missing"]


def photo(kind):
    """A round rivet on sheet metal under changing light."""
    yy, xx = torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="ij")
    cy, cx = 7 + 6 * torch.rand(2)
    r = ((yy - cy) ** 2 + (xx - cx) ** 2).sqrt()
    img = 0.2 * torch.randn(20, 20)
    if kind == 0 or kind == 1:
        img += (r < 5).float()
    if kind == 1:
        angle = 3.14159 * torch.rand(1)
        across = (yy - cy) * torch.cos(angle) - (xx - cx) * torch.sin(angle)
        img -= ((across.abs() < 0.9) & (r < 5)).float()
    if kind == 2:
        img += ((r - 5).abs() < 0.8).float()
    return img + 0.5 * torch.randn(1)


def collect(n):
    kinds = torch.randint(0, 3, (n,))
    photos = torch.stack([photo(int(k)) for k in kinds])
    return (photos.unsqueeze(1) - 0.25) / 0.7, kinds


train_x, train_y = collect(1500)
val_x, val_y = collect(300)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 32, 3), nn.BatchNorm2d(32), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    nn.Dropout(0.2),
    nn.Linear(32, len(KINDS)),
)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)

for epoch in range(8):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train_x)).split(50):
        optimizer.zero_grad()
        loss = criterion(model(train_x[idx]), train_y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    scheduler.step()
    print("epoch %d  train loss %.3f" % (epoch + 1, total / len(train_x)))

# on the line the photos come one by one
model.eval()
found = {kind: [0, 0] for kind in KINDS}
with torch.no_grad():
    for x, y in zip(val_x, val_y):
        guess = model(x.unsqueeze(0)).argmax(1).item()
        found[KINDS[y]][0] += int(guess == y)
        found[KINDS[y]][1] += 1
for kind, (hits, seen) in found.items():
    print(f"{kind:8s} {hits} of {seen}")
print("validation accuracy %.3f" % (sum(hits for hits, _ in found.values()) / len(val_y)))
