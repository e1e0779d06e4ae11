import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(89)


class RowReader(nn.Module):
    """h = relu(W x + U h), one row of the picture at a time."""

    def __init__(self, n_in=8, n_hidden=48, n_out=10, batch_size=50):
        super().__init__()
        self.W = nn.Linear(n_in, n_hidden)
        self.U = nn.Linear(n_hidden, n_hidden, bias=False)
        self.V = nn.Linear(n_hidden, n_out)
        nn.init.eye_(self.U.weight)
        self.h = torch.zeros(batch_size, n_hidden)

    def step(self, row):
        self.h = torch.relu(self.W(row) + self.U(self.h))
        return self.h

    def forward(self, picture):
        self.h = torch.zeros_like(self.h)
        for row in picture.unbind(dim=1):
            state = self.step(row)
        return self.V(state)


def batches(x, y, size, shuffle):
    order = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
    for idx in order.split(size):
        if len(idx) == size:
            yield x[idx], y[idx]


digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32) / 8 - 1
y = torch.tensor(digits.target)
mixed = torch.randperm(len(x))
x, y = x[mixed], y[mixed]
train_x, train_y, test_x, test_y = x[:1400], y[:1400], x[1400:1750], y[1400:1750]

model = RowReader()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 16):
    model.train()
    losses = []
    for xb, yb in batches(train_x, train_y, 50, shuffle=True):
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        scored = [(model(xb), yb) for xb, yb in batches(test_x, test_y, 50, shuffle=False)]
    test_loss = sum(loss_fn(out, yb).item() for out, yb in scored) / len(scored)
    acc = sum((out.argmax(1) == yb).sum().item() for out, yb in scored) / 350
    if epoch % 3 == 0:
        print(f"epoch {epoch}: train {sum(losses) / len(losses):.3f} test {test_loss:.3f} accuracy {acc:.3f}")
