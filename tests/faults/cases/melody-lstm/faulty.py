import random

import torch
import torch.nn as nn
import torch.nn.functional as F

NOTES, BARS, LENGTH = 24, 900, 33


def melody(rng):
    """Runs, turns and thirds over a scale that is chosen at random."""
    scale = sorted({(root + d) % NOTES for root in [rng.randrange(12)] for d in (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)})
    place, notes = rng.randrange(len(scale)), []
    while len(notes) < LENGTH:
        figure = rng.choice([[1, 1, 1, 1], [-1, -1, -1, -1], [1, -1, -1, 1], [2, -1, 2, -1]])
        for step in figure:
            notes.append(scale[place % len(scale)])
            place += step
    return notes[:LENGTH]


class NoteModel(nn.Module):
    def __init__(self, width=64, dropout=0.0):
        super().__init__()
        self.notes = nn.Embedding(NOTES, width)
        self.lstm = nn.LSTM(width, width, num_layers=2, dropout=dropout, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.decode = nn.Linear(width, NOTES)

    def forward(self, x):
        states, _ = self.lstm(self.drop(self.notes(x)))
        return self.decode(self.drop(states))


def main(epochs=10, lr=4e-3):
    torch.manual_seed(29)
    rng = random.Random(29)
    data = torch.tensor([melody(rng) for _ in range(BARS)])
    train, held = data[:750], data[750:]
    model = NoteModel(dropout=0.9)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(1, epochs + 1):
        model.train()
        running = 0.0
        for idx in torch.randperm(len(train)).split(25):
            notes = train[idx]
            loss = F.cross_entropy(model(notes[:, :-1]).transpose(1, 2), notes[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += loss.item() / 30
        model.eval()
        with torch.no_grad():
            out = model(held[:, :-1])
            loss = F.cross_entropy(out.transpose(1, 2), held[:, 1:]).item()
            right = (out.argmax(-1) == held[:, 1:]).float().mean().item()
        print(f"epoch {epoch}: train {running:.3f} held out {loss:.3f} next note right {right:.3f}")


if __name__ == "__main__":
    main()
