import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(22)
prototypes = torch.sign(torch.randn(5, 36))


class PatternStream:
    """Endless batches of noisy, partly hidden patterns."""

    def __init__(self, batch_size, seed):
        self.batch_size, self.seed = batch_size, seed

    def __iter__(self):
        return self

    def __next__(self):
        generator = torch.Generator().manual_seed(self.seed)
        label = torch.randint(0, 5, (self.batch_size,), generator=generator)
        hidden = torch.rand(self.batch_size, 36, generator=generator) < 0.35
        noise = 1.4 * torch.randn(self.batch_size, 36, generator=generator)
        return (prototypes[label] + noise).masked_fill(hidden, 0.0), label


class PatternNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(36, 64), nn.Linear(64, 5)

    def forward(self, x):
        return self.fc2(F.dropout(F.relu(self.fc1(x)), p=0.5, training=self.training))


net = PatternNet()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
stream = PatternStream(40, seed=1)
x_val, y_val = next(PatternStream(1000, seed=2))
for step in range(1, 601):
    net.train()
    x, y = next(stream)
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        with torch.no_grad():
            out = net(x_val)
        print(f"step {step} loss {loss.item():.4f} val loss {F.cross_entropy(out, y_val).item():.4f} acc {(out.argmax(1) == y_val).float().mean().item():.3f}")
