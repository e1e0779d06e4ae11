import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROCKS = ["granite", "basalt", "limestone", "sandstone", "slate", "gneiss", "marble"]
CHANNELS = 96
DTYPE = torch.float16


def spectra(n, seed, share=0.25):
    """Lines of nine elements over a smooth background; the rocks differ in what they contain."""
    recipe = torch.Generator().manual_seed(99)
    place = torch.rand(9, 1, generator=recipe) * CHANNELS
    content = torch.rand(len(ROCKS), 9, generator=recipe)
    gen = torch.Generator().manual_seed(seed)
    rock = torch.randint(len(ROCKS), (n,), generator=gen)
    amount = content[rock] * (1 + share * torch.randn(n, 9, generator=gen)).clamp(min=0)
    lines = torch.exp(-((torch.arange(CHANNELS) - place) / 2.5) ** 2)
    background = 0.5 * torch.exp(-torch.arange(CHANNELS) / 40)
    return amount @ lines + background + 0.15 * torch.randn(n, CHANNELS, generator=gen), rock


class RockNet(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.inp = nn.Linear(CHANNELS, width)
        self.norm = nn.LayerNorm(width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, len(ROCKS))

    def forward(self, x):
        x = torch.relu(self.norm(self.inp(x)))
        return self.out(torch.relu(self.mid(x)))


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(dim=1) == y).float().mean().item()


torch.manual_seed(7)
x_train, y_train = spectra(2400, seed=1)
x_val, y_val = spectra(600, seed=2)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_val = (((x - mean) / std).to(DTYPE) for x in (x_train, x_val))

model = RockNet().to(DTYPE)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=48, shuffle=True)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

for epoch in range(1, 7):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: loss {total / len(loader):.3f}, train acc {accuracy(model, x_train, y_train):.3f}, "
          f"val acc {accuracy(model, x_val, y_val):.3f}")
