import random
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

random.seed(3)
torch.manual_seed(3)

TAGS = {'O': 0, 'AMOUNT': 1, 'DISH': 2, 'EXTRA': 3}
DISHES = [['pizza'], ['fried', 'rice'], ['green', 'curry'], ['lamb', 'kebab'], ['soup'], ['green', 'salad'], ['fried', 'fish']]
EXTRAS = ['cheese', 'rice', 'onions', 'chili', 'salad', 'bread']
AMOUNTS = ['one', 'two', 'three', 'a']
FILL = ['please', 'i', 'want', 'hello', 'for', 'me', 'thanks', 'we', 'take', 'today', 'maybe', 'um']
PAD_TAG = -1


def order():
    words, tags = [], []
    def say(ws, tag):
        words.extend(ws)
        tags.extend([TAGS[tag]] * len(ws))
    say(random.choices(FILL, k=random.randint(0, 4)), 'O')
    for n in range(random.choice([1, 1, 1, 2, 2, 5])):
        if n:
            say(['and'], 'O')
        say([random.choice(AMOUNTS)], 'AMOUNT')
        say(random.choice(DISHES), 'DISH')
        if random.random() < 0.5:
            say(['with'], 'O')
            say([random.choice(EXTRAS)], 'EXTRA')
    say(random.choices(FILL, k=random.randint(0, 3)), 'O')
    return words, tags


data = [order() for _ in range(1400)]
vocab = {w: i + 1 for i, w in enumerate(sorted({w for ws, _ in data for w in ws}))}


def batches(examples, size=50):
    random.shuffle(examples)
    for i in range(0, len(examples), size):
        part = examples[i:i + size]
        x = pad_sequence([torch.tensor([vocab[w] for w in ws]) for ws, _ in part], batch_first=True)
        y = pad_sequence([torch.tensor(ts) for _, ts in part], batch_first=True, padding_value=PAD_TAG)
        yield x, y


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(vocab) + 1, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, len(TAGS))

    def forward(self, x):
        return self.out(self.lstm(self.emb(x))[0])


train, dev = data[:1100], data[1100:]
model = Tagger()
loss_fn = nn.CrossEntropyLoss(ignore_index=PAD_TAG)
opt = torch.optim.Adam(model.parameters(), lr=0.004)

for epoch in range(6):
    model.train()
    for x, y in batches(train):
        opt.zero_grad()
        loss = loss_fn(model(x).transpose(1, 2), y)
        loss.backward()
        opt.step()
    model.eval()
    correct, total, dev_loss, n_batches = 0, 0, 0.0, 0
    with torch.no_grad():
        for x, y in batches(dev):
            scores = model(x)
            dev_loss += loss_fn(scores.transpose(1, 2), y).item()
            correct += (scores.argmax(-1) == y).sum().item()
            total += y.numel()
            n_batches += 1
    print('epoch {}  dev loss {:.4f}  tagging accuracy {:.3f}'.format(epoch + 1, dev_loss / n_batches, correct / total))
