import random

import torch
import torch.nn as nn

torch.manual_seed(25)
random.seed(25)

WHO = ["the landlord", "a sailor", "my uncle", "the old cook", "nobody"]
DOES = ["drinks", "pours", "spills", "orders", "carries"]
WHAT = ["a pint", "two glasses", "the soup", "cold cider", "some tea"]
WHERE = ["at the bar", "by the fire", "in the yard", "upstairs"]
SEQ_LEN, BATCH_SIZE = 40, 50

sentences = set()
while len(sentences) < 1000:
    picks = [random.choice(part) for part in (WHO, DOES, WHAT, WHERE, ["today", "again", "quietly"])]
    sentences.add(" ".join(picks)[:SEQ_LEN].ljust(SEQ_LEN))
sentences = sorted(sentences)
random.shuffle(sentences)
chars = sorted(set("".join(sentences)))
data = torch.tensor([[chars.index(c) for c in s] for s in sentences])
train_data, val_data = data[:800], data[800:]


class CharLSTM(nn.Module):
    def __init__(self, n_chars, hidden_size=64, n_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.embedding = nn.Embedding(n_chars, 16)
        self.lstm = nn.LSTM(16, hidden_size, n_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, n_chars)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)
        return self.fc(out), hidden

    def init_hidden(self, batch_size):
        shape = (self.n_layers, batch_size, self.hidden_size)
        return torch.zeros(shape), torch.zeros(shape)


model = CharLSTM(len(chars))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)

for epoch in range(1, 16):
    model.train()
    hidden = model.init_hidden(BATCH_SIZE)
    losses = []
    for batch in train_data[torch.randperm(len(train_data))].split(BATCH_SIZE):
        inputs, targets = batch[:, :-1], batch[:, 1:]
        output, hidden = model(inputs, hidden)
        loss = criterion(output.reshape(-1, len(chars)), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        output, _ = model(val_data[:, :-1], model.init_hidden(len(val_data)))
        val_loss = criterion(output.reshape(-1, len(chars)), val_data[:, 1:].reshape(-1)).item()
        val_acc = (output.argmax(2) == val_data[:, 1:]).float().mean().item()
    print("Epoch: {:2d}  loss: {:.4f}  val loss: {:.4f}  val acc: {:.3f}".format(epoch, sum(losses) / len(losses), val_loss, val_acc))
