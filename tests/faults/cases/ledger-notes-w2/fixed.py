import random

import torch
import torch.nn as nn

ACCOUNTS = {
    "travel": "train hotel taxi flight fare ticket mileage parking".split(),
    "office": "paper toner desk chair pens folder lamp stapler".split(),
    "food": "lunch dinner coffee catering sandwich water fruit cake".split(),
    "repair": "plumber drill paint window lock pipe hinge electrician".split(),
    "ads": "poster banner flyer website campaign photo print radio".split(),
}
FILL = "for the of in to monthly client team march april invoice no from with new two".split()
VOCAB = {w: i + 1 for i, w in enumerate(sorted(set(FILL).union(*ACCOUNTS.values())))}


def note(rng):
    label = rng.randrange(len(ACCOUNTS))
    words = rng.sample(list(ACCOUNTS.values())[label], rng.choice([1, 2]))
    if rng.random() < 0.3:
        words.append(rng.choice(rng.choice(list(ACCOUNTS.values()))))
        words.append(rng.choice(list(ACCOUNTS.values())[label]))
    words += rng.choices(FILL, k=rng.randint(2, 7))
    rng.shuffle(words)
    return torch.tensor([VOCAB[w] for w in words]), label


class NoteReader(nn.Module):
    def __init__(self, dim=24, hidden=32):
        super().__init__()
        self.words = nn.Embedding(len(VOCAB) + 1, dim)
        self.read = nn.GRU(dim, hidden, batch_first=True)
        self.account = nn.Linear(hidden, len(ACCOUNTS))

    def forward(self, ids):
        _, last = self.read(self.words(ids[None]))
        return self.account(last[0])


class Trainer:
    """Notes differ in length, so they are read one at a time; 20 of them make one update."""

    def __init__(self, model, lr=0.25, momentum=0.9, gather=20):
        self.model, self.gather = model, gather
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        self.criterion = nn.CrossEntropyLoss()

    def epoch(self, notes):
        self.model.train()
        running = 0.0
        self.opt.zero_grad()
        for i, (ids, label) in enumerate(notes, start=1):
            loss = self.criterion(self.model(ids), torch.tensor([label]))
            (loss / self.gather).backward()
            running += loss.item()
            if i % self.gather == 0:
                self.opt.step()
                self.opt.zero_grad()
        return running / len(notes)

    @torch.no_grad()
    def accuracy(self, notes):
        self.model.eval()
        return sum(self.model(ids).argmax().item() == label for ids, label in notes) / len(notes)


rng = random.Random(3)
torch.manual_seed(3)
train, test = [note(rng) for _ in range(600)], [note(rng) for _ in range(150)]
trainer = Trainer(NoteReader())
for n in range(3):
    rng.shuffle(train)
    loss = trainer.epoch(train)
    print(f"pass {n + 1}: loss {loss:.3f}, accuracy on unseen notes {trainer.accuracy(test):.3f}")
