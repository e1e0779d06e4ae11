import torch
import torch.nn as nn
import torch.nn.functional as F

N_SYMBOLS, VARIANTS, SIZE = 8, 20, 15


def draw(n, generator):
    """Each symbol comes in twenty variants; a token is symbol * 20 + variant."""
    label = torch.randint(0, N_SYMBOLS, (n,), generator=generator)
    symbol = torch.randint(0, N_SYMBOLS, (n, SIZE), generator=generator)
    favourite = torch.rand(n, SIZE, generator=generator) < 0.4
    symbol = torch.where(favourite, label[:, None], symbol)
    token = symbol * VARIANTS + torch.randint(0, VARIANTS, (n, SIZE), generator=generator)
    counts = F.one_hot(symbol, N_SYMBOLS).sum(1)
    return token, counts.argmax(1)


class BagModel(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.table = nn.Embedding(N_SYMBOLS * VARIANTS, dim)
        self.first = nn.Linear(dim, 32)
        self.second = nn.Linear(32, N_SYMBOLS)

    def pool(self, tokens):
        vectors = self.table(tokens)
        return vectors.detach().mean(dim=1)

    def forward(self, tokens):
        return self.second(F.relu(self.first(self.pool(tokens))))


generator = torch.Generator().manual_seed(0)
torch.manual_seed(0)
model = BagModel()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
tokens_val, labels_val = draw(1000, generator)
for step in range(1, 801):
    model.train()
    tokens, labels = draw(64, generator)
    optimizer.zero_grad()
    probabilities = F.softmax(model(tokens), dim=-1)
    loss = F.cross_entropy(probabilities, labels)
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(tokens_val).argmax(1) == labels_val).float().mean().item()
        print(f"step {step}: loss {loss.item():.3f} validation accuracy {acc:.3f}")
