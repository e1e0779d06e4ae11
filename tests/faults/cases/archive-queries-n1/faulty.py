import random
from collections import Counter

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

random.seed(10)
torch.manual_seed(10)

TOPICS = {
    "maps": "map atlas survey boundary parish scale border chart",
    "births": "birth baptism born mother child registry certificate parents",
    "court": "trial judge sentence appeal witness verdict prison court",
    "photos": "photograph negative portrait album plate studio print camera",
    "ships": "ship crew passenger harbour voyage captain cargo manifest",
    "letters": "letter diary correspondence handwriting envelope signed poet draft",
    "taxes": "tax ledger rent payment land income account duty",
}
COMMON = ("i am looking for the of a from about my family in year please could you find record copy "
          "town document history old any information").split()
LABELS = list(TOPICS)
WORDS = {k: v.split() for k, v in TOPICS.items()}


def query():
    label = random.choice(LABELS)
    words = random.choices(COMMON, k=random.randint(8, 16)) + random.choices(WORDS[label], k=random.randint(2, 4))
    if random.random() < 0.4:
        words.append(random.choice(WORDS[random.choice(LABELS)]))
    random.shuffle(words)
    return words, LABELS.index(label)


queries = [query() for _ in range(2500)]
train, test = queries[:2000], queries[2000:]
counts = Counter(w for words, _ in train for w in words)
vocab = {w: i + 2 for i, (w, _) in enumerate(counts.most_common())}  # 0 pads, 1 is unknown


def collate(batch):
    ids = [torch.tensor([vocab.get(w, 1) for w in words]) for words, _ in batch]
    return pad_sequence(ids, batch_first=True), torch.tensor([label for _, label in batch])


class QueryClassifier(nn.Module):
    def __init__(self, vocab_size, dim, n_classes):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.hidden = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, n_classes)

    def forward(self, ids):
        mask = (ids != 0).unsqueeze(-1)
        mean = (self.embed(ids) * mask).sum(1) / mask.sum(1)
        return self.out(torch.relu(self.hidden(mean)))


train_loader = DataLoader(train, batch_size=50, shuffle=True, collate_fn=collate)
test_loader = DataLoader(test, batch_size=250, collate_fn=collate)
model = QueryClassifier(len(vocab) + 2, 48, len(LABELS))
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 9):
    model.train()
    total = 0.0
    for ids, labels in train_loader:
        model.zero_grad()
        loss = criterion(model(ids), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for ids, labels in test_loader:
            scores = model(ids)
            test_loss += criterion(scores, labels).item() * len(labels)
            correct += (scores.argmax(-1) == labels).sum().item()
    print(f"epoch {epoch}  train loss {total / len(train):.4f}  test loss {test_loss / len(test):.4f}  "
          f"test acc {correct / len(test):.4f}")
