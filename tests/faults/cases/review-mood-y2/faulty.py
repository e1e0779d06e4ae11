from typing import List, Tuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

VOCAB, DIM = 600, 6


def write_reviews(n: int, mood: Tensor) -> List[Tuple[Tensor, int]]:
    out = []
    while len(out) < n:
        words = torch.randint(1, VOCAB, (int(torch.randint(8, 20, ())),))
        feeling = mood[words].sum().item()
        if abs(feeling) > 1.0:
            out.append((words, int(feeling > 0)))
    return out


def collate(batch: List[Tuple[Tensor, int]]) -> Tuple[Tensor, Tensor]:
    words, labels = zip(*batch)
    return pad_sequence(words, batch_first=True), torch.tensor(labels, dtype=torch.float32)


class MoodModel(nn.Module):
    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(start, padding_idx=0)
        self.head = nn.Linear(start.shape[1], 1)

    def forward(self, tokens: Tensor) -> Tensor:
        mask = (tokens != 0).unsqueeze(-1)
        total = (self.words(tokens) * mask).sum(1)
        return self.head(total / mask.sum(1).float().sqrt()).squeeze(-1)


torch.manual_seed(29)
mood = torch.randn(VOCAB) * (torch.rand(VOCAB) < 0.5)
train_set, test_set = write_reviews(3500, mood), write_reviews(700, mood)
train_loader = DataLoader(train_set, batch_size=50, shuffle=True, collate_fn=collate)
test_loader = DataLoader(test_set, batch_size=350, collate_fn=collate)

start = torch.randn(VOCAB, DIM) * 0.3
start[0] = 0.0
model = MoodModel(start)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(1, 9):
    model.train()
    loss_sum = 0.0
    for tokens, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(tokens), labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
    model.eval()
    right = 0
    with torch.no_grad():
        for tokens, labels in test_loader:
            right += ((model(tokens) > 0).float() == labels).sum().item()
    print(f"epoch {epoch}: train loss {loss_sum / len(train_set):.4f}, test accuracy {right / len(test_set):.4f}")
