"""A right training script and what one can get wrong in it, line by line."""

CLASSIFIER = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
centres = 1.2 * torch.randn(4, 8)
y = torch.randint(0, 4, (800,))
x = centres[y] + torch.randn(800, 8)
x_train, y_train, x_val, y_val = x[:600], y[:600], x[600:], y[600:]

model = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 32),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Dropout(0.1),
    nn.Linear(32, 4),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=30, shuffle=True)

for epoch in range(6):
    model.train()
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        out = model(x_val)
        accuracy = (out.argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch} loss {criterion(out, y_val).item():.3f} accuracy {accuracy:.3f}")
"""

REGRESSION = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1)
x = torch.rand(600, 5) * 2 - 1
y = torch.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.05 * torch.randn(600)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 48)
        self.second = nn.Linear(48, 48)
        self.last = nn.Linear(48, 1)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        h = torch.tanh(self.second(h))
        return self.last(h)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(12):
    for rows in torch.randperm(480).split(32):
        prediction = net(x[rows])
        loss = F.mse_loss(prediction.squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, F.mse_loss(net(x[480:]).squeeze(1), y[480:]).item())
"""


def changed(source, *pairs):
    """The source with each old text, which must be there once, replaced; None deletes its line."""
    for old, new in pairs:
        assert source.count(old) == 1, (source.count(old), old)
        if new is None:
            source = "".join(line for line in source.splitlines(keepends=True) if old not in line)
        else:
            source = source.replace(old, new)
    return source


def line_of(source, text):
    """The number of the one line that has the text."""
    (number,) = [i for i, line in enumerate(source.splitlines(), start=1) if text in line]
    return number
