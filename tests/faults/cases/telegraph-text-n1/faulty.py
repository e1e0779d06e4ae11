import math
import random

import torch
import torch.nn as nn

random.seed(3)
torch.manual_seed(3)

WHO = ["mother", "uncle john", "the captain", "doctor lee", "your brother", "aunt mary"]
DOES = ["arrives", "departs", "waits", "returns", "calls"]
WHERE = ["at the station", "in london", "from paris", "by the pier", "in the hotel"]
WHEN = ["on monday", "at noon", "tomorrow", "tonight", "on friday"]


def telegram():
    return f"{random.choice(WHO)} {random.choice(DOES)} {random.choice(WHERE)} {random.choice(WHEN)} stop\n"


text = "".join(telegram() for _ in range(1500))
chars = sorted(set(text))
char_to_ix = {c: i for i, c in enumerate(chars)}
data = torch.tensor([char_to_ix[c] for c in text])
batch_size, seq_len = 20, 32


def batchify(ids):
    n = len(ids) // batch_size
    return ids[: n * batch_size].view(batch_size, n)


split = int(0.9 * len(data))
train_data, val_data = batchify(data[:split]), batchify(data[split:])


class CharLSTM(nn.Module):
    def __init__(self, vocab_size, emb_size=24, hidden_size=96):
        super().__init__()
        self.hidden_size = hidden_size
        self.embed = nn.Embedding(vocab_size, emb_size)
        self.lstm = nn.LSTM(emb_size, hidden_size, batch_first=True)
        self.decoder = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embed(x), hidden)
        return self.decoder(out), hidden

    def init_hidden(self, n):
        return torch.zeros(1, n, self.hidden_size), torch.zeros(1, n, self.hidden_size)


def chunks(source):
    for i in range(0, source.size(1) - 1, seq_len):
        length = min(seq_len, source.size(1) - 1 - i)
        yield source[:, i:i + length], source[:, i + 1:i + 1 + length]


model = CharLSTM(len(chars))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 6):
    model.train()
    hidden = model.init_hidden(batch_size)
    losses = []
    for inputs, targets in chunks(train_data):
        optimizer.zero_grad()
        output, hidden = model(inputs, hidden)
        loss = criterion(output.reshape(-1, len(chars)), targets.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())

    model.eval()
    hidden = model.init_hidden(batch_size)
    val_losses = []
    with torch.no_grad():
        for inputs, targets in chunks(val_data):
            output, hidden = model(inputs, hidden)
            val_losses.append(criterion(output.reshape(-1, len(chars)), targets.reshape(-1)).item())
    val_loss = sum(val_losses) / len(val_losses)
    print(f"epoch {epoch}: train loss {sum(losses) / len(losses):.4f}, val loss {val_loss:.4f}, "
          f"val perplexity {math.exp(val_loss):.3f}")
