import random

import torch
from torch import nn, optim
from torch.nn.utils.rnn import pad_sequence

LANGUAGES = {
    "korvic": (["ko", "vic", "dra", "lo", "mir"], ["ov", "ic", "enko"]),
    "tessan": (["te", "ssa", "li", "no", "re"], ["ini", "etti", "ano"]),
    "halden": (["hal", "den", "sten", "ber", "gar"], ["sen", "mark", "feld"]),
    "ushiro": (["u", "shi", "ro", "ka", "na"], ["moto", "da", "shi"]),
    "branoc": (["bra", "noc", "tre", "pen", "gwy"], ["nnor", "ick", "ow"]),
    "zaquir": (["za", "qui", "ra", "ben", "al"], ["idi", "oun", "awi"]),
    "olavik": (["o", "la", "vi", "kko", "ne"], ["nen", "la", "ki"]),
    "murano": (["mu", "ra", "no", "do", "si"], ["es", "ez", "ado"]),
    "delphe": (["del", "phe", "mar", "lou", "vi"], ["eau", "ier", "ot"]),
}
NAMES = list(LANGUAGES)
CHARS = "-abcdefghijklmnopqrstuvwxyz"


def surname(rng):
    language = rng.randrange(len(NAMES))
    stems, ends = LANGUAGES[NAMES[language]]
    name = "".join(rng.choices(stems, k=rng.randint(1, 2))) + rng.choice(ends)
    if rng.random() < 0.3:
        k = rng.randrange(len(name))
        name = name[:k] + rng.choice(CHARS[1:]) + name[k + 1:]
    return name, language


def tensors(pairs):
    x = [torch.tensor([CHARS.index(c) for c in name]) for name, _ in pairs]
    return pad_sequence(x, batch_first=True), torch.tensor([k for _, k in pairs])


class CharRNN(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), 12, padding_idx=0)
        self.gru = nn.GRU(12, hidden, batch_first=True)
        self.decide = nn.Linear(hidden, len(NAMES))

    def forward(self, x):
        states, _ = self.gru(self.embed(x))
        return self.decide(states.max(dim=1).values)


def main():
    torch.manual_seed(5)
    rng = random.Random(5)
    train, test = [surname(rng) for _ in range(1800)], [surname(rng) for _ in range(500)]
    model = CharRNN()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    test_x, test_y = tensors(test)
    for epoch in range(8):
        rng.shuffle(train)
        total = 0.0
        for k in range(0, len(train), 30):
            x, y = tensors(train[k:k + 30])
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            out = model(test_x)
        print(f"epoch {epoch + 1} loss {total / (len(train) / 30):.3f} test loss {criterion(out, test_y):.3f} "
              f"test accuracy {(out.argmax(1) == test_y).float().mean():.3f}")


main()
