import torch
import torch.nn as nn

SEQ, VOCAB, DIM = 6, 30, 32


class Ranker(nn.Module):
    """For each element of the sequence: how many elements are smaller?"""

    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(VOCAB, DIM)
        block = nn.TransformerEncoderLayer(DIM, nhead=4, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(block, num_layers=2)
        self.rank = nn.Linear(DIM, SEQ)

    def forward(self, tokens):
        return self.rank(self.encoder(self.tok(tokens)))


def sample(n, generator):
    scores = torch.rand(n, VOCAB, generator=generator)
    tokens = scores.argsort(1)[:, :SEQ]
    ranks = (tokens.unsqueeze(2) > tokens.unsqueeze(1)).sum(2)
    return tokens, ranks


generator = torch.Generator().manual_seed(1)
torch.manual_seed(1)
model = Ranker()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
val_tokens, val_ranks = sample(1000, generator)

running = 0.0
for step in range(1, 801):
    model.train()
    tokens, ranks = sample(64, generator)
    optimizer.zero_grad()
    logits = model(tokens)
    loss = criterion(logits.flatten(0, 1), ranks.flatten())
    loss.backward()
    optimizer.step()
    running += loss.item()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(val_tokens).argmax(-1) == val_ranks).float().mean().item()
        print(f"step {step:4d}  loss {running / 100:.3f}  rank accuracy {acc:.3f}")
        running = 0.0
