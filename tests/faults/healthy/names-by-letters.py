import random

import torch
import torch.nn as nn

random.seed(3)
torch.manual_seed(3)
ENDINGS = {"Vestish": ["ov", "ina", "sky"], "Lorrian": ["elle", "eau", "ine"], "Tandu": ["ando", "iko", "uma"]}
STEMS = ["mar", "bel", "kar", "len", "dor", "sil", "pat", "rom", "gav", "tin"]
categories = list(ENDINGS)
letters = sorted(set("".join(STEMS + sum(ENDINGS.values(), []))))


def random_example():
    k = random.randrange(len(categories))
    name = random.choice(STEMS) + random.choice(["", "a", "e", "o"]) + random.choice(ENDINGS[categories[k]])
    line = torch.zeros(len(name), 1, len(letters))
    for i, letter in enumerate(name):
        line[i, 0, letters.index(letter)] = 1
    return torch.tensor([k]), line


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, letter, hidden):
        hidden = torch.tanh(self.i2h(torch.cat((letter, hidden), 1)))
        return self.softmax(self.h2o(hidden)), hidden

    def init_hidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = RNN(len(letters), 32, len(categories))
criterion = nn.NLLLoss()
learning_rate = 0.02


def train(category, line):
    hidden = rnn.init_hidden()
    rnn.zero_grad()
    for i in range(line.size(0)):
        output, hidden = rnn(line[i], hidden)
    loss = criterion(output, category)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()


def evaluate(line):
    hidden = rnn.init_hidden()
    with torch.no_grad():
        for i in range(line.size(0)):
            output, hidden = rnn(line[i], hidden)
    return output.argmax(1)


current_loss = 0.0
for it in range(1, 3001):
    category, line = random_example()
    output, loss = train(category, line)
    current_loss += loss
    if it % 500 == 0:
        trials = [random_example() for _ in range(200)]
        right = sum((evaluate(line) == category).item() for category, line in trials) / 200
        print(f"{it} loss {current_loss / 500:.4f} accuracy {right:.3f}")
        current_loss = 0.0
