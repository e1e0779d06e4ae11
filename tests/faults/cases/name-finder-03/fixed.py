import torch
import torch.nn as nn

N_WORDS, LENGTH = 300, 25
O, PERSON, PLACE = 0, 1, 2


def sentences(n, seed):
    """Words 200-299 may be names, depending on the word before: 1-10 announce a person, 11-20 a place, but not always."""
    g = torch.Generator().manual_seed(seed)
    words = torch.randint(21, N_WORDS, (n, LENGTH), generator=g)
    tags = torch.zeros(n, LENGTH, dtype=torch.long)
    for i in range(n):
        where = int(torch.randint(1, LENGTH, (1,), generator=g))
        kind = int(torch.randint(1, 3, (1,), generator=g))
        announced = int(torch.randint(1, 11, (1,), generator=g)) + 10 * (kind - 1)
        words[i, where - 1] = announced
        words[i, where] = int(torch.randint(200, 300, (1,), generator=g))
        if torch.rand(1, generator=g) < 0.42:
            tags[i, where] = kind
    return words, tags


class Tagger(nn.Module):
    def __init__(self, dim=24, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(N_WORDS, dim)
        self.rnn = nn.GRU(dim, hidden, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(2 * hidden, 3)

    def forward(self, words):
        states, _ = self.rnn(self.embedding(words))
        return self.tag(states)


def score(model, words, tags):
    model.eval()
    with torch.no_grad():
        guess = model(words).argmax(-1)
    right = (guess == tags).float().mean().item()
    found = (guess == tags)[tags != O].float().mean().item()
    return right, found


torch.manual_seed(3)
words, tags = sentences(2000, 0)
val_words, val_tags = sentences(500, 1)
model = Tagger()
counts = torch.bincount(tags.flatten(), minlength=3)
loss_fn = nn.CrossEntropyLoss(weight=counts.sum() / (3 * counts))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 7):
    model.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(words)).split(40):
        logits = model(words[idx])
        loss = loss_fn(logits.reshape(-1, 3), tags[idx].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx) / len(words)
    right, found = score(model, val_words, val_tags)
    print(f"epoch {epoch} loss {epoch_loss:.4f} tags right {right:.3f} names found {found:.3f}")
