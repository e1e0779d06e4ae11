"""Slot tagging: for each word, does it come before or after the verb, and in which clause?"""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Config:
    vocab = 40
    length = 14
    width = 48
    tags = 4
    keep = 0.1
    steps = 500
    batch = 40
    lr = 2e-3


class SelfAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.qkv = nn.Linear(c.width, 3 * c.width)
        self.back = nn.Linear(c.width, c.width)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        w = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(-1)
        return self.back(w @ v)


class SlotTagger(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.word = nn.Embedding(c.vocab, c.width)
        self.place = nn.Parameter(0.5 * torch.randn(c.length, c.width))
        self.attend = nn.ModuleList(SelfAttention(c) for _ in range(2))
        self.think = nn.ModuleList(nn.Sequential(nn.LayerNorm(c.width), nn.Linear(c.width, 96), nn.ReLU(), nn.Linear(96, c.width))
                                   for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(c.width) for _ in range(2))
        self.keep = c.keep
        self.read = nn.Linear(c.width, c.tags)

    def forward(self, words):
        x = F.dropout(self.word(words) + self.place, self.keep, self.training)
        for a, n, t in zip(self.attend, self.norms, self.think):
            x = x + F.dropout(a(n(x)), self.keep, self.training)
            x = x + F.dropout(t(x), self.keep, self.training)
        return self.read(x)


def sentences(c, n, gen):
    words = torch.randint(2, c.vocab, (n, c.length), generator=gen)
    verb = torch.randint(0, c.length, (n, 1), generator=gen)
    words.scatter_(1, verb, 0)
    where = torch.arange(c.length)
    tags = (where > verb).long() + 2 * (words % 2)
    return words, tags


def main():
    c = Config()
    torch.manual_seed(40)
    gen = torch.Generator().manual_seed(40)
    test_words, test_tags = sentences(c, 500, gen)
    model = SlotTagger(c)
    opt = torch.optim.AdamW(model.parameters(), lr=c.lr)
    for step in range(c.steps):
        model.train()
        words, tags = sentences(c, c.batch, gen)
        loss = F.cross_entropy(model(words).flatten(0, 1), tags.flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        if step % 50 == 49:
            model.eval()
            with torch.no_grad():
                acc = (model(test_words).argmax(-1) == test_tags).float().mean()
            print(f"step {step + 1}  loss {loss.item():.3f}  test {acc.item():.3f}")


main()
