import random
import resource

import torch
from torch import nn

ONES = "zero one two three four five six seven eight nine".split()
LETTERS = " abcdefghijklmnopqrstuvwxyz"
LENGTH = 18


def spoken(rng):
    """Three digits, spelled out; the class says whether the first is larger than the second."""
    digits = [rng.randrange(10) for _ in range(3)]
    text = " ".join(ONES[d] for d in digits)[:LENGTH].ljust(LENGTH)
    return [LETTERS.index(c) for c in text], int(digits[0] > digits[1])


class LetterReader(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS), dim)
        self.cell = nn.LSTMCell(dim, dim)
        self.score = nn.Linear(dim, 1)
        self.out = nn.Linear(2 * dim, 2)

    def forward(self, text):
        h = c = torch.zeros(len(text), self.cell.hidden_size)
        states, scores = [], []
        for letter in self.letters(text).unbind(1):
            h, c = self.cell(letter, (h, c))
            states.append(h)
            scores.append(self.score(h))
        weight = torch.softmax(torch.cat(scores, 1), dim=1)
        return self.out(torch.cat([h, (weight.unsqueeze(2) * torch.stack(states, 1)).sum(1)], 1))


class Trainer:
    def __init__(self, model, lr):
        self.model, self.criterion = model, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.total, self.steps = 0.0, 0

    def step(self, text, label):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(text), label)
        loss.backward()
        self.optimizer.step()
        self.total += loss
        self.steps += 1

    @torch.no_grad()
    def accuracy(self, text, label):
        return (self.model(text).argmax(1) == label).float().mean().item()


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


torch.manual_seed(113)
rng = random.Random(113)
text, label = (torch.tensor(a) for a in zip(*(spoken(rng) for _ in range(3000))))
trainer, first = Trainer(LetterReader(), lr=4e-3), None
for epoch in range(10):
    for idx in torch.randperm(2600).split(20):
        trainer.step(text[idx], label[idx])
    right = trainer.accuracy(text[2600:], label[2600:])
    first = first or megabytes()
    print(f"epoch {epoch + 1} mean loss so far {float(trainer.total) / trainer.steps:.3f} accuracy {right:.3f} "
          f"memory {first:.0f} MB, now {megabytes():.0f} MB")
