import numpy as np
import torch
import torch.nn as nn

SHAPES = ("sine", "square", "triangle", "saw")


def make_waves(n, seed):
    rng = np.random.RandomState(seed)
    kind = rng.randint(0, 4, n)
    cycles = rng.uniform(1.0, 4.0, n)
    phase = rng.uniform(0, 1, n)
    u = (cycles[:, None] * np.linspace(0, 1, 64)[None] + phase[:, None]) % 1
    table = np.stack([np.sin(2 * np.pi * u), np.sign(u - 0.5), 4 * np.abs(u - 0.5) - 1, 2 * u - 1])
    x = table[kind, np.arange(n)] + rng.normal(0, 0.15, (n, 64))
    return (torch.tensor(x, dtype=torch.float32), torch.tensor(kind), torch.tensor((cycles - 2.5) / 0.87, dtype=torch.float32))


class WaveReader(nn.Module):
    """one body, two heads: the shape of the wave and its number of cycles"""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 16, 7, stride=2, padding=3), nn.ReLU(),
            nn.Conv1d(16, 32, 5, stride=2, padding=2), nn.ReLU(),
            nn.Flatten(), nn.Linear(32 * 16, 64), nn.ReLU())
        self.shape_head = nn.Linear(64, len(SHAPES))
        self.cycle_head = nn.Linear(64, 1)

    def forward(self, x):
        z = self.body(x.unsqueeze(1))
        return self.shape_head(z), self.cycle_head(z).squeeze(1)


def train(model, data, epochs=12, batch=50):
    x, shape, cycles = data
    ce, mse = nn.CrossEntropyLoss(), nn.MSELoss()
    optim = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        shape_loss = cycle_loss = 0.0
        for i in order.split(batch):
            logits, rate = model(x[i])

            optim.zero_grad()
            loss_shape = ce(logits, shape[i])
            loss_shape.backward(retain_graph=True)

            loss_cycles = mse(rate, cycles[i])
            loss_cycles.backward()

            optim.step()
            shape_loss += loss_shape.item() * len(i) / len(x)
            cycle_loss += loss_cycles.item() * len(i) / len(x)
        yield epoch, shape_loss, cycle_loss


torch.manual_seed(77)
model = WaveReader()
test_x, test_shape, test_cycles = make_waves(500, 2)
for epoch, a, b in train(model, make_waves(2000, 1)):
    with torch.no_grad():
        logits, rate = model(test_x)
        acc = (logits.argmax(1) == test_shape).double().mean().item()
        mae = 0.87 * (rate - test_cycles).abs().mean().item()
    print(f"epoch {epoch:2d} | shape {a:.3f} cycles {b:.3f} | test: shape accuracy {acc:.3f}, cycles off by {mae:.3f}")
