"""Which of the four marker tokens appears most often? A small transformer answers."""
import torch
import torch.nn as nn
import torch.optim as optim


class Settings:
    vocab = 20
    markers = 4
    length = 16
    dim = 32
    heads = 4
    layers = 2
    batch = 64
    steps = 250
    lr = 1e-3


def sample(n, s=Settings):
    # the winner gets 5 places, every other marker 2, the rest are fillers
    winner = torch.randint(s.markers, (n,))
    tokens = torch.randint(s.markers, s.vocab, (n, s.length))
    tokens[:, :8] = torch.arange(s.markers).repeat(2)
    tokens[:, 8:11] = winner.unsqueeze(1)
    shuffle = torch.rand(n, s.length).argsort(dim=1)
    return tokens.gather(1, shuffle), winner


class MarkerTransformer(nn.Module):
    def __init__(self, s=Settings):
        super().__init__()
        self.token_embedding = nn.Embedding(s.vocab, s.dim)
        self.position_embedding = nn.Embedding(s.length, s.dim)
        layer = nn.TransformerEncoderLayer(s.dim, s.heads, dim_feedforward=2 * s.dim, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, s.layers)
        self.classifier = nn.Linear(s.dim, s.markers)

    def forward(self, tokens):
        x = self.token_embedding(tokens)
        positions = torch.arange(tokens.shape[1]).expand_as(tokens)
        x = x + self.position_embedding(positions)
        x = self.encoder(x)
        return self.classifier(x.mean(dim=1))


def evaluate(model, tokens, winner):
    model.eval()
    with torch.no_grad():
        logits = model(tokens)
    model.train()
    return (logits.argmax(-1) == winner).float().mean().item()


def run():
    torch.manual_seed(42)
    model = MarkerTransformer()
    optimizer = optim.AdamW(model.parameters(), lr=Settings.lr)
    criterion = nn.CrossEntropyLoss()
    val_tokens, val_winner = sample(1000)

    model.train()
    for step in range(1, Settings.steps + 1):
        tokens, winner = sample(Settings.batch)
        loss = criterion(model(tokens), winner)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(f"step {step:4d} | loss {loss.item():.4f} | val acc {evaluate(model, val_tokens, val_winner):.4f}")


run()
