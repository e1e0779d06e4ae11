import random

import torch
import torch.nn as nn

random.seed(7)
torch.manual_seed(7)

# syllables of the five languages of my game
LANGS = {
    "orcish": ["gra", "zug", "mok", "ur", "dak", "bru", "nak", "gor"],
    "elvish": ["lae", "thi", "el", "nia", "ara", "wen", "ori", "lu"],
    "dwarvish": ["dur", "bal", "thor", "in", "gim", "ok", "bor", "una"],
    "fey": ["pi", "xi", "li", "wip", "tri", "ella", "fin", "mi"],
    "draconic": ["ssar", "vex", "ith", "axa", "kra", "zir", "oth", "ra"],
}
COMMON = ["an", "ro", "ka", "le", "mi", "ta"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
categories = list(LANGS)
MAXLEN = 14


def make_name(lang):
    parts = [random.choice(LANGS[lang]) if random.random() < 0.7 else random.choice(COMMON) for _ in range(3)]
    return "".join(parts)[:MAXLEN]


def encode(name):
    # 0 is padding in front of the name
    ids = [LETTERS.index(ch) + 1 for ch in name]
    return [0] * (MAXLEN - len(ids)) + ids


def build(n):
    labels = [random.randrange(len(categories)) for _ in range(n)]
    return torch.tensor([encode(make_name(categories[k])) for k in labels]), torch.tensor(labels)


class NameRNN(nn.Module):
    def __init__(self, hidden_size=64):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS) + 1, 24, padding_idx=0)
        self.rnn = nn.GRU(24, hidden_size, batch_first=True)
        self.h2o = nn.Linear(hidden_size, len(categories))

    def forward(self, names):
        _, hidden = self.rnn(self.embedding(names))
        output = self.h2o(hidden[0])
        return output


train_x, train_y = build(3000)
test_x, test_y = build(800)
rnn = NameRNN()
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(rnn.parameters(), lr=0.001)

for epoch in range(1, 11):
    rnn.train()
    order = torch.randperm(len(train_x))
    current_loss = 0
    for i in range(0, len(order), 50):
        batch = order[i:i + 50]
        output = rnn(train_x[batch])
        loss = criterion(output, train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        current_loss += loss.item()
    rnn.eval()
    with torch.no_grad():
        guess = rnn(test_x).argmax(dim=1)
    print("%d  loss %.4f  test accuracy %.3f" % (epoch, current_loss / (len(order) / 50), (guess == test_y).float().mean()))
