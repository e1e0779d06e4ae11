import random

import torch
import torch.nn as nn

TOPICS = {
    "sport": "match goal team coach season score player league win stadium".split(),
    "space": "orbit rocket launch moon probe star comet telescope crew mission".split(),
    "food": "bread salt oven recipe taste sugar flour butter cook dinner".split(),
    "money": "bank market stock price trade profit loan share tax rate".split(),
    "music": "song band concert guitar piano voice record tune drum stage".split(),
}
COMMON = "the a of and to in was new old big said there then about more day year people time with".split()
VOCAB = {w: i for i, w in enumerate(sorted(set(COMMON + sum(TOPICS.values(), []))))}


def corpus(per_topic, rng):
    docs = []
    for label, words in enumerate(TOPICS.values()):
        other = sum((v for v in TOPICS.values() if v is not words), [])
        for _ in range(per_topic):
            text = rng.choices(COMMON, k=14) + rng.choices(words, k=3) + rng.choices(other, k=2)
            rng.shuffle(text)
            docs.append((text, label))
    return docs


def batches(docs, size):
    for start in range(0, len(docs), size):
        chunk = docs[start:start + size]
        ids = [VOCAB[w] for text, _ in chunk for w in text]
        offsets, position = [], 0
        for text, _ in chunk:
            offsets.append(position)
            position += len(text)
        yield torch.tensor(ids), torch.tensor(offsets), torch.tensor([label for _, label in chunk])


class TextModel(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(len(VOCAB), dim, mode="mean")
        self.hidden = nn.Linear(dim, 32)
        self.out = nn.Linear(32, len(TOPICS))

    def forward(self, ids, offsets):
        return self.out(torch.relu(self.hidden(self.bag(ids, offsets))))


def test_accuracy(model, docs):
    model.eval()
    with torch.no_grad():
        right = sum((model(i, o).argmax(1) == y).sum().item() for i, o, y in batches(docs, 100))
    return right / len(docs)


if __name__ == "__main__":
    rng = random.Random(5)
    torch.manual_seed(5)
    train_docs, test_docs = corpus(400, rng), corpus(80, rng)
    model = TextModel()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, 7):
        model.train()
        total, steps = 0.0, 0
        for ids, offsets, labels in batches(train_docs, 20):
            loss = criterion(model(ids, offsets), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        print(f"epoch {epoch} loss {total / steps:.3f} test accuracy {test_accuracy(model, test_docs):.3f}")
