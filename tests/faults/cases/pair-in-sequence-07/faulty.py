import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Config:
    vocab = 12
    length = 8
    d_model = 32
    n_heads = 4
    n_layers = 2
    batch_size = 64
    epochs = 14
    lr = 2e-3
    seed = 7


def generate(n, cfg, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, cfg.vocab, (n, cfg.length), generator=g)
    y = (torch.rand(n, generator=g) < 0.5).float()
    for row, again in zip(x, y):
        first = row[0].item()
        rest = row[1:]
        rest[rest == first] = (first + 1 + int(torch.randint(0, cfg.vocab - 1, (1,), generator=g))) % cfg.vocab
        if again:
            row[1 + int(torch.randint(0, cfg.length - 1, (1,), generator=g))] = first
    return TensorDataset(x, y)


class Transformer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.token = nn.Embedding(cfg.vocab, cfg.d_model)
        self.position = nn.Parameter(0.1 * torch.randn(cfg.length, cfg.d_model))
        layer = nn.TransformerEncoderLayer(cfg.d_model, cfg.n_heads, dim_feedforward=64, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, cfg.n_layers, enable_nested_tensor=False)
        self.head = nn.Linear(cfg.d_model, 1)

    def forward(self, x):
        h = self.encoder(self.token(x) + self.position)
        return self.head(h[:, 0]).squeeze(-1)


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        hits = sum(((model(x) > 0).float() == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def main(cfg):
    torch.manual_seed(cfg.seed)
    train = DataLoader(generate(4000, cfg, 0), cfg.batch_size, shuffle=True)
    val = DataLoader(generate(640, cfg, 1), cfg.batch_size)
    model = Transformer(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        for x, y in train:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.3f} val acc {accuracy(model, val):.3f}")


main(Config)
