import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(13)
rs = np.random.RandomState(13)
VOCAB, TEAMS, DIM = 2000, 6, 10

# topics: every team has its own words, most of a ticket is small talk
topic_words = [rs.choice(VOCAB, 150, replace=False) for _ in range(TEAMS)]


def make_ticket():
    team = rs.randint(TEAMS)
    n = rs.randint(12, 40)
    n_topic = max(3, int(0.3 * n))
    words = np.concatenate([rs.choice(topic_words[team], n_topic), rs.randint(0, VOCAB, n - n_topic)])
    return torch.tensor(words), team


def collate(batch):
    lengths = torch.tensor([len(w) for w, _ in batch])
    offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
    return torch.cat([w for w, _ in batch]), offsets, torch.tensor([t for _, t in batch])


tickets = [make_ticket() for _ in range(3500)]
train, test = tickets[:3000], tickets[3000:]

word_vectors = torch.randn(VOCAB, DIM) * 0.3   # TODO: put the real GloVe vectors here


class Router(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        self.bag = nn.EmbeddingBag.from_pretrained(vectors, mode="mean", freeze=False)
        self.fc1 = nn.Linear(vectors.size(1), 32)
        self.fc2 = nn.Linear(32, TEAMS)

    def forward(self, words, offsets):
        return self.fc2(F.relu(self.fc1(self.bag(words, offsets))))


router = Router(word_vectors)
optimizer = torch.optim.Adam(router.parameters(), lr=5e-3)
loader = torch.utils.data.DataLoader(train, batch_size=64, shuffle=True, collate_fn=collate)
test_words, test_offsets, test_team = collate(test)

for epoch in range(1, 7):
    router.train()
    for words, offsets, team in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(router(words, offsets), team)
        loss.backward()
        optimizer.step()
    router.eval()
    with torch.no_grad():
        logits = router(test_words, test_offsets)
        print(f"epoch {epoch}: test loss {F.cross_entropy(logits, test_team):.3f} "
              f"accuracy {(logits.argmax(1) == test_team).float().mean():.3f}")
