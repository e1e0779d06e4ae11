import torch
from torch import nn

torch.manual_seed(5)
KEYS, VALUES, PAIRS = 6, 4, 6


def puzzles(n):
    """Row 0 asks for a key; rows 1..6 hold (key, value) pairs in any order. Answer: the value that belongs to the key."""
    keys = torch.stack([torch.randperm(KEYS) for _ in range(n)])
    values = torch.randint(0, VALUES, (n, PAIRS))
    wanted = torch.randint(0, PAIRS, (n,))
    rows = torch.zeros(n, PAIRS + 1, KEYS + VALUES + 1)
    rows[:, 1:, :KEYS] = nn.functional.one_hot(keys, KEYS).float()
    rows[:, 1:, KEYS:-1] = nn.functional.one_hot(values, VALUES).float()
    line = torch.arange(n)
    rows[line, 0, keys[line, wanted]] = 1
    rows[:, 0, -1] = 1
    return rows, values[line, wanted]


class Lookup(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.embed = nn.Linear(KEYS + VALUES + 1, d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead=2, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.answer = nn.Linear(d_model, VALUES)

    def forward(self, rows):
        return self.answer(self.encoder(self.embed(rows))[:, 0])


x_train, y_train = puzzles(4000)
x_val, y_val = puzzles(500)
net = Lookup()
optim = torch.optim.Adam(net.parameters(), lr=2e-3)
xent = nn.CrossEntropyLoss()

for it in range(1, 601):
    i = torch.randint(0, len(x_train), (50,))
    loss = xent(net(x_train[i]), y_train[i])
    optim.zero_grad()
    loss.backward()
    optim.step()
    if it % 100 == 0:
        net.eval()
        with torch.no_grad():
            guess = torch.cat([net(part).argmax(1) for part in x_val.split(50)])
        print(it, f"loss {loss.item():.3f}", f"answers right {(guess == y_val).float().mean().item():.3f}")
        net.train()
