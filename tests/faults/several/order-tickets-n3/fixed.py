import random

import torch
import torch.nn as nn

random.seed(6)
torch.manual_seed(6)

# ------------------------------------------------------------------ data
STATIONS = ["grill", "fryer", "salads", "soups", "pastry", "bar", "pizza", "pass"]
DISHES, EXTRAS = 60, 30  # token ids 1..60 are dishes, 61..90 are extras and notes, 0 is padding
station_of = [random.randrange(len(STATIONS)) for _ in range(DISHES)]
MAX_LEN = 12


def ticket():
    """A ticket goes to the station of the dish that follows the note "first" (90), or else of its last dish."""
    tokens = [random.randint(1, DISHES) if random.random() < 0.5 else random.randint(61, 89) for _ in range(random.randint(6, MAX_LEN))]
    tokens[-1] = random.randint(1, DISHES)
    dish = tokens[-1]
    if random.random() < 0.5:
        at = random.randrange(len(tokens) - 2)
        tokens[at], tokens[at + 1] = 90, random.randint(1, DISHES)
        dish = tokens[at + 1]
    return [0] * (MAX_LEN - len(tokens)) + tokens, station_of[dish - 1]


def make(n):
    rows, labels = zip(*(ticket() for _ in range(n)))
    return torch.tensor(rows), torch.tensor(labels)


x_train, y_train = make(3000)
x_test, y_test = make(800)


# ------------------------------------------------------------------ model
class TicketRouter(nn.Module):
    def __init__(self, emb=32, hidden=40):
        super().__init__()
        self.embedding = nn.Embedding(91, emb, padding_idx=0)
        self.gru = nn.GRU(emb, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(hidden, len(STATIONS))

    def encode(self, tokens):
        _, h = self.gru(self.dropout(self.embedding(tokens)))
        return h[-1]

    def forward(self, tokens):
        h = self.encode(tokens)
        return self.fc(self.dropout(h))


# ------------------------------------------------------------------ training
router = TicketRouter()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(router.parameters(), lr=0.15, momentum=0.9)
MICRO_BATCH, ACCUMULATE = 16, 4

for epoch in range(1, 15):
    router.train()
    order = torch.randperm(len(x_train))
    seen_loss = 0.0
    optimizer.zero_grad()
    for k, idx in enumerate(order.split(MICRO_BATCH)):
        loss = criterion(router(x_train[idx]), y_train[idx])
        seen_loss += loss.item() * len(idx)
        (loss / ACCUMULATE).backward()
        if (k + 1) % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()

    router.eval()
    with torch.no_grad():
        hits = sum((router(x).argmax(1) == y).sum().item() for x, y in zip(x_test.split(200), y_test.split(200)))
    print(f"epoch {epoch:2d} loss {seen_loss / len(x_train):.3f} routed correctly {hits / len(x_test):.3f}")
