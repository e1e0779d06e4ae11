import torch
import torch.nn as nn
import torch.nn.functional as F

config = dict(vocab=8, length=20, d_model=32, heads=4, layers=2, batch_size=64, steps=500, lr=5e-2, seed=0)


class TokenCensus(nn.Module):
    def __init__(self, vocab, length, d_model, heads, layers):
        super().__init__()
        self.tokens = nn.Embedding(vocab, d_model)
        self.positions = nn.Embedding(length + 1, d_model)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, d_model))
        block = nn.TransformerEncoderLayer(
            d_model, heads, dim_feedforward=4 * d_model, dropout=0.0, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(block, layers)
        self.classifier = nn.Linear(d_model, vocab)

    def forward(self, ids):
        x = torch.cat([self.cls.expand(len(ids), -1, -1), self.tokens(ids)], dim=1)
        x = x + self.positions.weight
        return self.classifier(self.encoder(x)[:, 0])


def sample(n, vocab, length, generator):
    """Random tokens in which one token, the answer, has been sown two to six more times."""
    ids = torch.randint(vocab, (n, length), generator=generator)
    favourite = torch.randint(vocab, (n, 1), generator=generator)
    sown = torch.rand(n, length, generator=generator) < 0.3
    ids = torch.where(sown, favourite, ids)
    return ids, F.one_hot(ids, vocab).sum(1).argmax(1)


def main(cfg):
    torch.manual_seed(cfg["seed"])
    gen = torch.Generator().manual_seed(cfg["seed"])
    val_ids, val_labels = sample(1000, cfg["vocab"], cfg["length"], gen)

    model = TokenCensus(cfg["vocab"], cfg["length"], cfg["d_model"], cfg["heads"], cfg["layers"])
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["lr"])
    print(sum(p.numel() for p in model.parameters()), "parameters")

    running = 0.0
    for step in range(1, cfg["steps"] + 1):
        model.train()
        ids, labels = sample(cfg["batch_size"], cfg["vocab"], cfg["length"], gen)
        loss = F.cross_entropy(model(ids), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
        if step % 100 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(val_ids)
                val_loss = F.cross_entropy(logits, val_labels).item()
                val_acc = (logits.argmax(-1) == val_labels).float().mean().item()
            print(f"step {step:4d} | loss {running / 100:.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")
            running = 0.0


if __name__ == "__main__":
    main(config)
