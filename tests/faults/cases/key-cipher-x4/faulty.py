import math

import torch
import torch.nn as nn
import torch.nn.functional as F

SYMBOLS, KEYS, LENGTH = 8, 4, 10
shifts = torch.tensor([0, 2, 3, 5])


def sample_messages(n: int, gen: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """First token names the key, the rest is text enciphered with that key."""
    key = torch.randint(0, KEYS, (n, 1), generator=gen)
    text = torch.randint(0, SYMBOLS, (n, LENGTH), generator=gen)
    coded = (text + shifts[key]) % SYMBOLS
    return torch.cat([key + SYMBOLS, coded], dim=1), text


class Decipher(nn.Module):
    def __init__(self, dim: int = 48, heads: int = 4, depth: int = 2):
        super().__init__()
        self.tokens = nn.Embedding(SYMBOLS + KEYS, dim)
        pos = torch.arange(LENGTH + 1)[:, None] * torch.exp(-math.log(1e4) * torch.arange(0, dim, 2) / dim)
        self.register_buffer("places", torch.stack([pos.sin(), pos.cos()], dim=-1).flatten(1))
        layer = nn.TransformerEncoderLayer(dim, heads, dim_feedforward=96, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, depth)
        self.head = nn.Linear(dim, SYMBOLS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        h = self.tokens(tokens) + self.places
        h = self.encoder(h)
        return self.head(h[:, 1:])


def main() -> None:
    torch.manual_seed(4)
    gen = torch.Generator().manual_seed(40)
    test_in, test_out = sample_messages(512, gen)
    model = Decipher()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(1, 501):
        coded, text = sample_messages(64, gen)
        logits = model(coded)
        loss = F.cross_entropy(logits.reshape(-1, SYMBOLS), text.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            model.eval()
            with torch.no_grad():
                right = (model(test_in).argmax(-1) == test_out).float().mean().item()
            model.train()
            print(f"step {step}: loss {loss.item():.3f}, symbols deciphered {right:.3f}")


if __name__ == "__main__":
    main()
