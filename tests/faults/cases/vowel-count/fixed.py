import random
import string

import torch
import torch.nn as nn

random.seed(0)
torch.manual_seed(0)

LETTERS = string.ascii_lowercase
VOWELS = set("aeiou")


def random_word(k=14):
    return "".join(random.choice(LETTERS if random.random() < 0.6 else "aeiou") for _ in range(k))


def many_vowels(word):
    return sum(c in VOWELS for c in word) >= 8


def encode(words):
    return torch.tensor([[LETTERS.index(c) for c in w] for w in words])


words = [random_word() for _ in range(3200)]
train_words, test_words = words[:2560], words[2560:]


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(26, 12)
        self.gru = nn.GRU(12, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x, state=None):
        out, state = self.gru(self.emb(x), state)
        return self.head(out[:, -1]).squeeze(1), state


model = Classifier()
bce = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
BATCH = 64

for epoch in range(1, 7):
    random.shuffle(train_words)
    state, running = None, 0.0
    for k in range(0, len(train_words), BATCH):
        chunk = train_words[k:k + BATCH]
        target = torch.tensor([float(many_vowels(w)) for w in chunk])
        logit, _ = model(encode(chunk))
        loss = bce(logit, target)
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item()
    with torch.no_grad():
        logit, _ = model(encode(test_words))
        truth = torch.tensor([float(many_vowels(w)) for w in test_words])
        acc = ((logit > 0).float() == truth).float().mean().item()
    print(f"epoch {epoch}: train loss {running / (len(train_words) / BATCH):.4f}, test loss {bce(logit, truth).item():.4f}, test accuracy {acc:.3f}")
