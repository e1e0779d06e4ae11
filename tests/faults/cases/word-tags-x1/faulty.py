import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD_TAG = -100
WORDS, TAGS = 60, 6


def sentences(n, seed):
    """The tag hangs on the word and, for ambiguous words, on the word before."""
    rng = random.Random(seed)
    out = []
    for _ in range(n):
        length = rng.choice([4, 5, 6, 7, 8, 20, 24])
        words = [rng.randrange(1, WORDS) for _ in range(length)]
        tags = []
        for i, w in enumerate(words):
            before = words[i - 1] if i else 0
            tags.append((w + (before % 2 if w % 3 == 0 else 0)) % TAGS)
        out.append((torch.tensor(words), torch.tensor(tags)))
    return out


def collate(batch):
    words, tags = zip(*batch)
    return (pad_sequence(words, batch_first=True, padding_value=0),
            pad_sequence(tags, batch_first=True, padding_value=PAD_TAG))


class BiGRUTagger(nn.Module):
    def __init__(self, dim=24, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(WORDS, dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * hidden, TAGS)

    def forward(self, words):
        hidden, _ = self.gru(self.embed(words))
        return self.tag(hidden)


def train(model, loader, optimizer, criterion):
    model.train()
    total = 0.0
    for words, tags in loader:
        optimizer.zero_grad()
        loss = criterion(model(words).transpose(1, 2), tags)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    loss, correct, count = 0.0, 0, 0
    for words, tags in loader:
        scores = model(words)
        loss += criterion(scores.transpose(1, 2), tags).item()
        correct += (scores.argmax(-1) == tags).sum().item()
        count += tags.numel()
    return loss / len(loader), correct / count


def main():
    random.seed(0)
    torch.manual_seed(0)
    train_loader = DataLoader(sentences(2000, 1), batch_size=32, shuffle=True, collate_fn=collate)
    dev_loader = DataLoader(sentences(400, 2), batch_size=50, collate_fn=collate)
    model = BiGRUTagger()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD_TAG)
    for epoch in range(1, 9):
        loss = train(model, train_loader, optimizer, criterion)
        dev_loss, dev_acc = evaluate(model, dev_loader, criterion)
        print(f"epoch {epoch} loss {loss:.4f} dev loss {dev_loss:.4f} dev tag accuracy {dev_acc:.4f}")


if __name__ == "__main__":
    main()
