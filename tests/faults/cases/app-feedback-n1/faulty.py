import random

import torch
from torch import nn
from torch.utils.data import DataLoader

random.seed(4)
torch.manual_seed(4)

TONES = {
    1: "crashes useless refund terrible uninstalled scam garbage never".split(),
    2: "slow annoying disappointing freezes ads meh laggy poor".split(),
    3: "okay average decent mixed fine sometimes usable neutral".split(),
    4: "good nice helpful solid pleasant smooth handy likes".split(),
    5: "love perfect amazing brilliant best fantastic flawless awesome".split(),
}
FILLER = "the app this update on my phone it is really and after version when i open screen login".split()


def write_review(stars):
    words = random.choices(FILLER, k=random.randint(6, 14))
    for _ in range(random.randint(2, 4)):
        tone = stars if random.random() < 0.75 else min(5, max(1, stars + random.choice([-1, 1])))
        words.insert(random.randrange(len(words)), random.choice(TONES[tone]))
    return " ".join(words)


ratings = [random.randint(1, 5) for _ in range(3000)]
data = [(write_review(stars), stars) for stars in ratings]
train_data, valid_data = data[:2400], data[2400:]

vocab = {"<unk>": 0}
for text, _ in train_data:
    for word in text.split():
        vocab.setdefault(word, len(vocab))


def collate_batch(batch):
    label_list, text_list, offsets = [], [], [0]
    for text, label in batch:
        label_list.append(label)
        ids = torch.tensor([vocab.get(w, 0) for w in text.split()])
        text_list.append(ids)
        offsets.append(len(ids))
    return torch.tensor(label_list), torch.cat(text_list), torch.tensor(offsets[:-1]).cumsum(0)


class ReviewModel(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim)
        self.fc = nn.Linear(embed_dim, num_class)

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets))


train_loader = DataLoader(train_data, batch_size=32, shuffle=True, collate_fn=collate_batch)
valid_loader = DataLoader(valid_data, batch_size=200, collate_fn=collate_batch)
num_class = len(set(ratings))
model = ReviewModel(len(vocab), 32, num_class)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 8):
    model.train()
    total_loss = 0.0
    for label, text, offsets in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(text, offsets), label)
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * len(label)
    model.eval()
    hits, valid_loss = 0, 0.0
    with torch.no_grad():
        for label, text, offsets in valid_loader:
            output = model(text, offsets)
            valid_loss += criterion(output, label).item() * len(label)
            hits += (output.argmax(1) == label).sum().item()
    print(f"| epoch {epoch:2d} | train loss {total_loss / len(train_data):.3f} "
          f"| valid loss {valid_loss / len(valid_data):.3f} | valid accuracy {hits / len(valid_data):.3f}")
