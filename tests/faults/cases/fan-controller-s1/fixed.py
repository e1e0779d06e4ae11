import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

N_SENSORS, N_LEVELS = 10, 5


class SteepTanh(nn.Module):
    """Almost a sign function: the chip that runs the net later has one-bit units."""

    def __init__(self, slope):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        return torch.tanh(self.slope * x)


class FanController(nn.Module):
    def __init__(self, width=48, depth=4, slope=1.0):
        super().__init__()
        sizes = [N_SENSORS] + depth * [width]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.act = SteepTanh(slope)
        self.readout = nn.Linear(width, N_LEVELS)

    def forward(self, x):
        for layer in self.hidden:
            x = self.act(layer(x))
        return self.readout(x)


def log_book(n, generator):
    """Sensor readings (standardized) and the level that an engineer chose."""
    x = torch.randn(n, N_SENSORS, generator=generator)
    heat = x[:, 0] + 0.6 * x[:, 1] * x[:, 2] + 0.7 * torch.relu(x[:, 3]) - 0.5 * x[:, 4] + 0.4 * x[:, 5].abs()
    level = torch.bucketize(heat, torch.tensor([-0.6, 0.2, 1.0, 1.9]))
    return TensorDataset(x, level)


def evaluate(model, loader, criterion):
    model.eval()
    loss, hits, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += criterion(out, y).item() * len(y)
            hits += (out.argmax(dim=1) == y).sum().item()
            n += len(y)
    return loss / n, hits / n


torch.manual_seed(31)
gen = torch.Generator().manual_seed(31)
train_loader = DataLoader(log_book(16000, gen), batch_size=64, shuffle=True)
val_loader = DataLoader(log_book(1500, gen), batch_size=500)

model = FanController()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 11):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    val_loss, val_acc = evaluate(model, val_loader, criterion)
    print(f"epoch {epoch:2d} train {running / len(train_loader):.3f} val {val_loss:.3f} val accuracy {val_acc:.3f}")
