import random
from collections import Counter

import torch
from torch import nn
from torch.utils.data import DataLoader

random.seed(8)
torch.manual_seed(8)

GOOD = "great lovely sturdy perfect excellent happy recommend quick soft bright".split()
BAD = "crushed awful late cheap weird poor refund torn noisy useless".split()
PLAIN = ("the a it was i this and my for of with box colour size order came shop price bag "
         "again after when they sent two one day").split()


def write_review():
    label = random.randint(0, 1)
    words = random.choices(PLAIN, k=random.randint(6, 14))
    for _ in range(random.randint(2, 4)):
        good = (random.random() < 0.88) == bool(label)
        words.insert(random.randint(0, len(words)), random.choice(GOOD if good else BAD))
    return " ".join(words), label


class Reviews:
    """Texts turned into lists of word ids, 0 = padding, 1 = unknown."""

    def __init__(self, pairs):
        self.pairs = pairs
        counts = Counter(w for text, _ in pairs for w in text.split())
        self.vocab = {w: i + 2 for i, (w, _) in enumerate(counts.most_common())}

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        text, label = self.pairs[i]
        return [self.vocab.get(w, 1) for w in text.split()], label


def collate(batch):
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in batch])
    return ids, torch.tensor([float(label) for _, label in batch])


class Classifier(nn.Module):
    def __init__(self, n_words, dim=16):
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim, padding_idx=0)
        self.fc = nn.Sequential(nn.Linear(dim, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, ids):
        return self.fc(self.embedding(ids).sum(1)).squeeze(1)


train_set = Reviews([write_review() for _ in range(2000)])
test_set = Reviews([write_review() for _ in range(500)])
train_loader = DataLoader(train_set, batch_size=50, shuffle=True, collate_fn=collate)
test_loader = DataLoader(test_set, batch_size=50, collate_fn=collate)

net = Classifier(len(train_set.vocab) + 2)
bce = nn.BCEWithLogitsLoss()
adam = torch.optim.Adam(net.parameters(), lr=3e-3)

for epoch in range(5):
    net.train()
    train_loss = 0
    for ids, label in train_loader:
        adam.zero_grad()
        loss = bce(net(ids), label)
        loss.backward()
        adam.step()
        train_loss += loss.item() / len(train_loader)
    net.eval()
    test_loss, hits = 0, 0
    with torch.no_grad():
        for ids, label in test_loader:
            out = net(ids)
            test_loss += bce(out, label).item() / len(test_loader)
            hits += ((out > 0) == (label > 0.5)).sum().item()
    print(f"Epoch {epoch + 1}/5 - loss: {train_loss:.4f} - val_loss: {test_loss:.4f} - val_acc: {hits / len(test_set):.4f}")
