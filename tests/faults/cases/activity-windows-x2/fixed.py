import torch
from torch import nn

torch.manual_seed(9)
kinds = ["sitting", "walking", "stairs", "running"]
per_kind, ticks = 600, 40

# acceleration over two seconds: each kind of movement has its pace and its force
pace = torch.tensor([0.3, 1.8, 1.4, 2.8]).repeat_interleave(per_kind)
force = torch.tensor([0.2, 0.9, 1.2, 1.8]).repeat_interleave(per_kind)
y = torch.arange(4).repeat_interleave(per_kind)
n = len(y)
pace = pace * (1 + 0.1 * torch.randn(n))
force = force * (1 + 0.15 * torch.randn(n))
t = torch.linspace(0, 2, ticks)
x = force[:, None] * torch.sin(6.283 * (pace[:, None] * t + torch.rand(n, 1))) + 0.3 * torch.randn(n, ticks)
order = torch.randperm(n)
x, y = x[order], y[order]

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x, y = x.to(device), y.to(device)
net = nn.Sequential(nn.Linear(ticks, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, len(kinds)))
net = net.to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
x_train, y_train, x_test, y_test = x[:1900], y[:1900], x[1900:], y[1900:]

for epoch in range(25):
    net.train()
    epoch_loss = 0.0
    for rows in torch.randperm(1900).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x_train[rows]).float(), y_train[rows])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / 38
    net.eval()
    with torch.no_grad():
        guess = net(x_test).argmax(1)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {epoch_loss:.4f}, test accuracy {(guess == y_test).float().mean().item():.3f}")
