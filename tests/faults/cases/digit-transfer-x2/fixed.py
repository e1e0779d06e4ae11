import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

torch.manual_seed(17)
raw = load_digits()
pictures = torch.tensor(raw.images, dtype=torch.float32) / 16
names = torch.tensor(raw.target)


class Reader(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 32), nn.ReLU(),
            nn.Linear(32, 8), nn.ReLU(),
        )
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        return self.head(self.body(x))


def train(model, x, y, epochs, lr):
    weights = [p for p in model.parameters() if p.requires_grad]
    opt = torch.optim.Adam(weights, lr=lr)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for rows in torch.randperm(len(x)).split(32):
            loss = cross_entropy(model(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(rows)
    return total / len(x)


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


# first the small digits, upright
small = names < 5
model = Reader(5)
loss = train(model, pictures[small], names[small], epochs=15, lr=3e-3)
print(f"0 to 4: loss {loss:.3f}")

# then the large ones as the new camera sees them: lying on their side, white on black
x, y = 1 - pictures[~small].transpose(1, 2), names[~small] - 5
mix = torch.randperm(len(x))
x, y = x[mix], y[mix]
x_new, y_new, x_test, y_test = x[:640], y[:640], x[640:], y[640:]

for p in model.body.parameters():
    p.requires_grad = False
model.head = nn.Linear(8, 5)
loss = train(model, x_new, y_new, epochs=5, lr=3e-3)
print(f"5 to 9, head only: loss {loss:.3f} test accuracy {accuracy(model, x_test, y_test):.3f}")

model.body.requires_grad_(True)
for stage in range(1, 6):
    loss = train(model, x_new, y_new, epochs=8, lr=2e-3)
    print(f"5 to 9, whole network, stage {stage}: loss {loss:.3f} test accuracy {accuracy(model, x_test, y_test):.3f}")
