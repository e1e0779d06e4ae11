import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(33)
n_train, n_test, batch_size, epochs = 2400, 500, 8, 5


def tiles(n):
    kind = torch.randint(4, (n,))
    r = torch.arange(10)
    rows, cols = torch.meshgrid(r, r, indexing="ij")
    period = [rows // 2 % 2, cols // 2 % 2, (rows + cols) // 2 % 2, (rows // 2 + cols // 2) % 2]
    bank = torch.stack(period).float() * 2 - 1
    flip = torch.randint(2, (n, 1, 1)) * 2 - 1
    return (bank[kind] * flip + 1.1 * torch.randn(n, 10, 10)).unsqueeze(1), kind


x_train, y_train = tiles(n_train)
x_test, y_test = tiles(n_test)

net = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(),
    nn.Conv2d(8, 16, 3), nn.ReLU(),
    nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 4),
)
opt = torch.optim.SGD(net.parameters(), lr=0.03)

for epoch in range(1, epochs + 1):
    net.train()
    loss_sum, seen = 0.0, 0
    for idx in torch.randperm(n_train).split(batch_size):
        opt.zero_grad()
        loss = F.cross_entropy(net(x_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
        loss_sum += loss.item() * len(idx)
        seen += len(idx)
    net.eval()
    with torch.no_grad():
        acc = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch} loss {loss_sum / seen:.4f} test accuracy {acc:.3f}")
