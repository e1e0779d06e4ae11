import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(40)

# a row of coloured wires; which colour comes up most often?
COLOURS, WIRES = 5, 12


def puzzles(n):
    favourite = torch.randint(COLOURS, (n, 1))
    wires = torch.randint(COLOURS, (n, WIRES))
    wires = torch.where(torch.rand(n, WIRES) < 0.35, favourite, wires)
    counts = torch.nn.functional.one_hot(wires, COLOURS).sum(1)
    best = counts.topk(2, dim=1)
    clear = best.values[:, 0] > best.values[:, 1]
    return wires[clear], best.indices[clear, 0]


class WireFormer(nn.Module):
    def __init__(self, dim=32, heads=4, depth=2):
        super().__init__()
        self.embed = nn.Embedding(COLOURS, dim)
        self.position = nn.Parameter(0.02 * torch.randn(1, WIRES + 1, dim))
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth)
        self.head = nn.Linear(dim, COLOURS)

    def forward(self, wires):
        tokens = self.embed(wires)
        cls = self.cls.expand(len(wires), -1, -1)
        x = torch.cat([cls, tokens], dim=1) + self.position
        return self.head(self.encoder(x)[:, 0])


train_x, train_y = puzzles(4000)
test_x, test_y = puzzles(1000)
train_dl = DataLoader(TensorDataset(train_x, train_y), batch_size=64, shuffle=True)

model = WireFormer()
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=0.1)

for epoch in range(6):
    model.train()
    running, seen = 0.0, 0
    for wires, answer in train_dl:
        opt.zero_grad()
        loss = loss_fn(model(wires), answer)
        loss.backward()
        opt.step()
        running += loss.item() * len(answer)
        seen += len(answer)

    model.eval()
    with torch.no_grad():
        logits = model(test_x)
        test_loss = loss_fn(logits, test_y).item()
        test_acc = (logits.argmax(-1) == test_y).float().mean().item()
    print(f"epoch {epoch + 1:2d} | train {running / seen:.4f} | test {test_loss:.4f} | accuracy {test_acc:.3f}")
