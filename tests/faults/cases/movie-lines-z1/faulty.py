import random
from collections import Counter

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

GOOD = "great lovely warm funny clever moving superb fresh bright charming tender witty".split()
BAD = "dull awful cold boring clumsy flat dreadful stale dark tedious harsh silly".split()
FILL = "the a film scene actor plot music it was and in of with this story camera ending first last quite".split()


def write(rng):
    mood = rng.random() < 0.5
    words = [rng.choice(FILL) for _ in range(rng.randint(6, 14))]
    for _ in range(rng.randint(3, 5)):
        pool = (GOOD if mood else BAD) if rng.random() < 0.9 else (BAD if mood else GOOD)
        words.insert(rng.randrange(len(words) + 1), rng.choice(pool))
    return " ".join(words), int(mood)


class Reviews(Dataset):
    def __init__(self, lines, max_words=60):
        self.lines = lines
        counts = Counter(w for text, _ in lines for w in text.split())
        self.stoi = {w: i + 2 for i, (w, _) in enumerate(counts.most_common(max_words))}  # 0 padding, 1 unknown

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, i):
        text, mood = self.lines[i]
        return torch.tensor([self.stoi.get(w, 1) for w in text.split()]), mood


def collate(batch):
    return pad_sequence([t for t, _ in batch], batch_first=True), torch.tensor([float(m) for _, m in batch])


class BagModel(nn.Module):
    def __init__(self, n_words, dim=16):
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim, padding_idx=0)
        self.fc1 = nn.Linear(dim, 16)
        self.fc2 = nn.Linear(16, 1)

    def forward(self, tokens):
        n = (tokens > 0).sum(1, keepdim=True)
        bag = self.embedding(tokens).sum(1) / n
        return self.fc2(torch.relu(self.fc1(bag))).squeeze(1)


rng = random.Random(8)
torch.manual_seed(8)
corpus = [write(rng) for _ in range(2000)]
train_set, val_set = Reviews(corpus[:1600]), Reviews(corpus[1600:])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True, collate_fn=collate)
val_loader = DataLoader(val_set, batch_size=100, collate_fn=collate)

model = BagModel(62)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(6):
    model.train()
    train_loss = 0
    for tokens, mood in train_loader:
        optimizer.zero_grad()
        loss = bce(model(tokens), mood)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    model.eval()
    with torch.no_grad():
        right = sum(((model(t) > 0) == (m > 0.5)).sum().item() for t, m in val_loader)
    print(f"epoch {epoch}: train loss {train_loss:.3f}, val accuracy {right / len(val_set):.3f}")
