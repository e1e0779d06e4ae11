import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

SYLLABLES = {
    "arven": ["ar", "ven", "la", "mi", "thel", "or"],
    "kuzd": ["kuz", "dak", "gor", "mi", "rok", "or"],
    "osari": ["o", "sa", "ri", "la", "ko", "mi"],
    "plint": ["pli", "nt", "stra", "ke", "or", "dak"],
}
ALPHABET = sorted(set("".join(s for group in SYLLABLES.values() for s in group)))
LANGUAGES = sorted(SYLLABLES)


def invent(rng):
    language = rng.randrange(len(LANGUAGES))
    parts = SYLLABLES[LANGUAGES[language]]
    word = "".join(rng.choice(parts) for _ in range(rng.randint(2, 4)))
    letters = [c if rng.random() > 0.05 else rng.choice(ALPHABET) for c in word]
    return torch.tensor([ALPHABET.index(c) + 1 for c in letters]), language


def collate(rows):
    words, languages = zip(*rows)
    return pad_sequence(words, batch_first=True), torch.tensor([len(w) for w in words]), torch.tensor(languages)


class CharLSTM(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(len(ALPHABET) + 1, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, len(LANGUAGES))

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.embed(words), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.fc(h[-1])


HPARAMS = dict(
    batch_size=32,
    epochs=8,
    learning_rate=2e-6,
    seed=5,
)


def main(hp):
    rng = random.Random(hp["seed"])
    torch.manual_seed(hp["seed"])
    train_loader = DataLoader([invent(rng) for _ in range(2500)], hp["batch_size"], shuffle=True, collate_fn=collate)
    dev_loader = DataLoader([invent(rng) for _ in range(500)], 250, collate_fn=collate)
    model = CharLSTM()
    optimizer = torch.optim.Adam(model.parameters(), lr=hp["learning_rate"])
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, hp["epochs"] + 1):
        model.train()
        total = 0.0
        for words, lengths, language in train_loader:
            loss = criterion(model(words, lengths), language)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            hits = sum((model(w, n).argmax(1) == y).sum().item() for w, n, y in dev_loader)
        print(f"epoch {epoch}  loss {total / len(train_loader):.4f}  dev accuracy {hits / 500:.3f}")


if __name__ == "__main__":
    main(HPARAMS)
