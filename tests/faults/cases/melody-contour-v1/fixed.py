import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

CONTOUR = ["start", "same", "up", "down", "leap up", "leap down"]
PAD_NOTE, PAD_LABEL = 24, -1


def contour(notes):
    labels = [0]
    for before, now in zip(notes, notes[1:]):
        step = now - before
        if step == 0:
            labels.append(1)
        elif abs(step) <= 2:
            labels.append(2 if step > 0 else 3)
        else:
            labels.append(4 if step > 0 else 5)
    return labels


class Melodies(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.items = []
        for _ in range(n):
            notes = [rng.randrange(24)]
            for _ in range(rng.choice([4, 5, 6, 8, 10, 14, 20, 30])):
                notes.append(min(23, max(0, notes[-1] + rng.choice([-7, -4, -2, -1, 0, 1, 2, 3, 5, 7]))))
            self.items.append((torch.tensor(notes), torch.tensor(contour(notes))))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    notes, labels = zip(*items)
    return (
        pad_sequence(notes, batch_first=True, padding_value=PAD_NOTE),
        pad_sequence(labels, batch_first=True, padding_value=PAD_LABEL),
    )


class ContourTagger(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(25, 24, padding_idx=PAD_NOTE)
        self.gru = nn.GRU(24, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(CONTOUR))

    def forward(self, notes):
        states, _ = self.gru(self.embed(notes))
        return self.out(states)


def evaluate(model, loader):
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for notes, labels in loader:
            predicted = model(notes).argmax(-1)
            real = labels != PAD_LABEL
            correct += (predicted[real] == labels[real]).sum().item()
            total += real.sum().item()
    return correct / total


torch.manual_seed(10)
train_loader = DataLoader(Melodies(1500, 0), batch_size=32, shuffle=True, collate_fn=collate)
val_loader = DataLoader(Melodies(400, 1), batch_size=100, collate_fn=collate)
model = ContourTagger()
criterion = nn.CrossEntropyLoss(ignore_index=PAD_LABEL)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)

for epoch in range(1, 13):
    model.train()
    running = 0.0
    for notes, labels in train_loader:
        logits = model(notes)
        loss = criterion(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running += loss.item()
    print(f"epoch {epoch:2d}  loss {running / len(train_loader):.4f}  val accuracy {evaluate(model, val_loader):.4f}")
