import math

import torch
from torch import nn

torch.manual_seed(7)
words = "a the old young cat dog bird fish saw chased liked near by house tree river and .".split()
index = {w: i for i, w in enumerate(words)}
subject = [["a", "the"], ["old", "young"], ["cat", "dog", "bird", "fish"]]


def sentence():
    def pick(options):
        return options[torch.randint(len(options), (1,)).item()]

    noun = [pick(s) for s in subject]
    return [*noun, pick(["saw", "chased", "liked"]), *[pick(s) for s in subject], pick(["near", "by"]), "the", pick(["house", "tree", "river"]), "."]


text = torch.tensor([[index[w] for w in sentence()] for _ in range(1500)])
train, val = text[:1200], text[1200:]


class TiedLM(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embedding = nn.Embedding(len(words), dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.decoder = nn.Linear(dim, len(words))
        self.decoder.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, tokens):
        out, _ = self.rnn(self.embedding(tokens))
        return self.decoder(out)


model = TiedLM()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 11):
    model.train()
    for idx in torch.randperm(len(train)).split(40):
        batch = train[idx]
        optimizer.zero_grad()
        loss = criterion(model(batch[:, :-1]).reshape(-1, len(words)), batch[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(val[:, :-1]).reshape(-1, len(words)), val[:, 1:].reshape(-1)).item()
    print(f"epoch {epoch}: train {loss.item():.3f} val {val_loss:.3f} val perplexity {math.exp(val_loss):.2f}")
