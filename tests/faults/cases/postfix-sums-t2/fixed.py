import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SYMBOLS = "0123456789+-m"  # m: the larger of the two
EPOCHS = 25


def expression():
    """Three numbers and two operators, in one of the two orders that postfix notation allows."""
    a, b, c = torch.randint(0, 10, (3,)).tolist()
    f, g = (SYMBOLS[10 + i] for i in torch.randint(0, 3, (2,)).tolist())
    apply = {"+": lambda u, v: u + v, "-": lambda u, v: u - v, "m": max}
    if torch.rand(1) < 0.5:
        return f"{a}{b}{f}{c}{g}", apply[g](apply[f](a, b), c)
    return f"{a}{b}{c}{f}{g}", apply[g](a, apply[f](b, c))


def dataset(n):
    pairs = [expression() for _ in range(n)]
    codes = torch.tensor([[SYMBOLS.index(ch) for ch in text] for text, _ in pairs])
    values = torch.tensor([float(value) for _, value in pairs])
    return codes, values


class Evaluator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(SYMBOLS), 16)
        self.gru = nn.GRU(16, 64, batch_first=True)
        self.value = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, codes):
        _, h = self.gru(self.embed(codes))
        return self.value(h[-1]).squeeze(1)


torch.manual_seed(24)
codes, values = dataset(5000)
mean, std = values[:4000].mean(), values[:4000].std()
values = (values - mean) / std
train_loader = DataLoader(TensorDataset(codes[:4000], values[:4000]), batch_size=64, shuffle=True)
val_codes, val_values = codes[4000:], values[4000:]

model = Evaluator()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()

for epoch in range(EPOCHS):
    model.train()
    train_loss = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()

    model.eval()
    with torch.no_grad():
        out = model(val_codes)
    val_loss = criterion(out, val_values).item()
    off = ((out - val_values).abs() * std).mean().item()
    print(f"Epoch {epoch + 1}/{EPOCHS}: train loss {train_loss / len(train_loader):.4f}, "
          f"val loss {val_loss:.4f}, mean distance from the value {off:.2f}")
