import torch
import torch.nn as nn

# tag drug names (1) and doses (2) in notes; everything else is 0
torch.manual_seed(4)
VOCAB, LENGTH = 200, 30


def sample_notes(n):
    words = torch.randint(20, VOCAB, (n, LENGTH))
    tags = torch.zeros(n, LENGTH, dtype=torch.long)
    # brand names are also everyday words: only part of the occurrences are drugs
    brand = torch.rand(n, LENGTH) < 0.05
    words[brand] = torch.randint(0, 10, (int(brand.sum()),))
    tags[brand & (torch.rand(n, LENGTH) < 0.3)] = 1
    # numbers are doses now and then
    number = (torch.rand(n, LENGTH) < 0.05) & ~brand
    words[number] = torch.randint(10, 20, (int(number.sum()),))
    tags[number & (torch.rand(n, LENGTH) < 0.3)] = 2
    return words, tags


class Tagger(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim)
        self.rnn = nn.GRU(dim, 24, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, 3)

    def forward(self, w):
        h, _ = self.rnn(self.embed(w))
        return self.out(h)


train_w, train_t = sample_notes(1200)
test_w, test_t = sample_notes(400)

tagger = Tagger()
criterion = nn.CrossEntropyLoss(weight=1 / torch.bincount(train_t.flatten()).float())
optimizer = torch.optim.Adam(tagger.parameters(), lr=3e-3)

for epoch in range(5):
    tagger.train()
    total = 0.0
    for i in torch.randperm(1200).split(48):
        logits = tagger(train_w[i])
        loss = criterion(logits.reshape(-1, 3), train_t[i].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()

    tagger.eval()
    with torch.no_grad():
        guess = tagger(test_w).argmax(-1)
    recall = [(guess[test_t == k] == k).float().mean().item() for k in range(3)]
    print(f"{epoch}: loss {total / 25:.3f}  recall O {recall[0]:.2f} DRUG {recall[1]:.2f} DOSE {recall[2]:.2f}"
          f"  macro {sum(recall) / 3:.3f}")
