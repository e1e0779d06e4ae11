import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

torch.manual_seed(2)
X, y = load_digits(return_X_y=True)
X = torch.tensor((X - 4.9) / 6.0, dtype=torch.float32).view(-1, 1, 8, 8)
y = torch.tensor(y)
tr, va = train_test_split(torch.arange(len(y)), test_size=0.25, random_state=0, stratify=y)


def block(n_in, n_out, stride):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())


net = nn.Sequential(block(1, 16, 1), block(16, 32, 2), block(32, 32, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
EPOCHS, BATCH = 8, 50
steps = -(-len(tr) // BATCH)
optimizer = torch.optim.SGD(net.parameters(), lr=0.2 / 25, momentum=0.9, weight_decay=5e-4)
scheduler = OneCycleLR(optimizer, max_lr=0.2, epochs=EPOCHS, steps_per_epoch=steps, pct_start=0.3)
criterion = nn.CrossEntropyLoss()

for epoch in range(EPOCHS):
    net.train()
    losses = []
    for idx in tr[torch.randperm(len(tr))].split(BATCH):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(net(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    net.eval()
    with torch.inference_mode():
        out = net(X[va])
    print(f"epoch {epoch + 1}: lr {scheduler.get_last_lr()[0]:.5f} train {sum(losses) / len(losses):.4f} "
          f"val {criterion(out, y[va]).item():.4f} acc {(out.argmax(1) == y[va]).float().mean().item():.3f}")
