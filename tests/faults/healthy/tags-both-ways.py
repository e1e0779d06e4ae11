import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

random.seed(2)
torch.manual_seed(2)
NOUNS, VERBS, BOTH = ["bank", "tree", "dog", "idea"], ["sees", "makes", "keeps"], ["walks", "plants", "hopes", "watches"]
TAGS = {"DET": 0, "NOUN": 1, "VERB": 2, "ADV": 3}
IGNORE = -100


def sentence():
    """A word of BOTH is a verb before a determiner or at the end, a noun before a verb."""
    rows = []
    for _ in range(random.randint(1, 3)):
        rows.append((random.choice(["the", "a"]), "DET"))
        rows.append((random.choice(NOUNS + BOTH), "NOUN"))
        rows.append((random.choice(VERBS + BOTH), "VERB"))
        if random.random() < 0.4:
            rows.append((random.choice(["often", "now"]), "ADV"))
    return rows


data = [sentence() for _ in range(1800)]
vocab = {w: i + 1 for i, w in enumerate(sorted({w for s in data for w, _ in s}))}


def collate(batch):
    words = pad_sequence([torch.tensor([vocab[w] for w, _ in s]) for s in batch], batch_first=True)
    tags = pad_sequence([torch.tensor([TAGS[t] for _, t in s]) for s in batch], batch_first=True, padding_value=IGNORE)
    return words, tags


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(vocab) + 1, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 16, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, len(TAGS))

    def forward(self, words):
        return self.out(self.lstm(self.embed(words))[0])


model = Tagger()
criterion = nn.CrossEntropyLoss(ignore_index=IGNORE)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
train_loader = DataLoader(data[:1500], batch_size=30, shuffle=True, collate_fn=collate)
val_loader = DataLoader(data[1500:], batch_size=100, collate_fn=collate)
for epoch in range(1, 6):
    model.train()
    for words, tags in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(words).transpose(1, 2), tags)
        loss.backward()
        optimizer.step()
    model.eval()
    right = total = 0
    with torch.no_grad():
        for words, tags in val_loader:
            known = tags != IGNORE
            right += (model(words).argmax(-1) == tags)[known].sum().item()
            total += known.sum().item()
    print(f"epoch {epoch}: loss {loss.item():.4f} tags right {right / total:.4f}")
