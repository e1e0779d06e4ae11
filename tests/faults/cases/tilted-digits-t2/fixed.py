import torch
from sklearn.datasets import load_digits
from torch import nn


class LowRankLinear(nn.Module):
    """A frozen linear layer plus a trainable update of low rank."""

    def __init__(self, base, rank=8, alpha=16):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features ** 0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.down.T @ self.up.T)


def make_model():
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(),
        nn.Linear(128, 128), nn.ReLU(),
        nn.Linear(128, 10),
    )


def adapt(model, rank):
    for i, layer in enumerate(model):
        if isinstance(layer, nn.Linear):
            model[i] = LowRankLinear(layer, rank)
    return model


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def fit(model, x, y, x_val, y_val, epochs, lr, name):
    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(params, lr=lr, weight_decay=0.01)
    for epoch in range(1, epochs + 1):
        model.train()
        for idx in torch.randperm(len(x)).split(32):
            loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 5 == 0:
            print(f"{name} epoch {epoch:2d}: loss {loss.item():.3f}, val accuracy {accuracy(model, x_val, y_val):.3f}")


torch.manual_seed(2)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32)
labels = torch.tensor(digits.target)
order = torch.randperm(len(images))
images, labels = (images[order] - 4.9) / 6.0, labels[order]
first, second, val = slice(0, 700), slice(700, 1400), slice(1400, None)

model = make_model()
upright = images.flatten(1)
fit(model, upright[first], labels[first], upright[val], labels[val], epochs=10, lr=1e-3, name="base")

turned = torch.rot90(images, 1, dims=(1, 2)).flatten(1)
print(f"base model on turned scans: {accuracy(model, turned[val], labels[val]):.3f}")
model = adapt(model, rank=8)
fit(model, turned[second], labels[second], turned[val], labels[val], epochs=15, lr=2e-3, name="adapters")
