import torch
from torch import nn

torch.manual_seed(35)
VOCAB, LENGTH = 20, 14


def sequences(n):
    """The answer is the token that follows the marker 0; layout (time, batch)."""
    x = torch.randint(1, VOCAB, (LENGTH, n))
    spot = torch.randint(0, LENGTH - 1, (n,))
    x[spot, torch.arange(n)] = 0
    return x, x[spot + 1, torch.arange(n)]


class Attentive(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, 16)
        self.gru = nn.GRU(16, hidden)
        self.score = nn.Linear(hidden, 1)
        self.out = nn.Linear(hidden, VOCAB)

    def forward(self, x):
        states, _ = self.gru(self.embed(x))                # (time, batch, hidden)
        weight = torch.softmax(self.score(states), dim=0)  # over time
        return self.out((weight * states).sum(0))


net = Attentive()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
x_val, y_val = sequences(1000)
for step in range(1, 801):
    net.train()
    x, y = sequences(64)
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    if step % 200 == 0:
        net.eval()
        with torch.no_grad():
            acc = (net(x_val).argmax(1) == y_val).float().mean().item()
        print(f"step {step} loss {loss.item():.4f} accuracy {acc:.3f}")
