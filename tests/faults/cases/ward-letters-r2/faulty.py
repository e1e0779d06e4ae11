import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)

WARDS = ["surgery", "cardiology", "maternity", "orthopaedics", "neurology", "eye clinic"]
VOCAB, WORDS = 300, 15

# every ward has its own favourite words; half of each note is common to all
g = torch.Generator().manual_seed(3)
favourites = torch.stack([torch.randperm(VOCAB, generator=g)[:40] for _ in WARDS])


def notes(n):
    ward = torch.multinomial(torch.tensor([5.0, 3.0, 2.0, 2.0, 1.5, 1.5]), n, replacement=True, generator=g)
    special = favourites[ward].gather(1, torch.randint(40, (n, WORDS), generator=g))
    common = torch.randint(VOCAB, (n, WORDS), generator=g)
    return torch.where(torch.rand(n, WORDS, generator=g) < 0.4, special, common), ward


class NoteClassifier(nn.Module):
    def __init__(self, vocab, dim, classes):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab, dim, mode="mean")
        self.drop = nn.Dropout(0.2)
        self.hidden = nn.Linear(dim, 32)
        self.fc = nn.Linear(32, classes)

    def forward(self, text):
        x = self.drop(self.embedding(text))
        x = F.relu(self.hidden(x))
        return self.fc(x)


train_x, train_y = notes(4000)
valid_x, valid_y = notes(1000)

model = NoteClassifier(VOCAB, 32, len(WARDS))
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 13):
    model.train()
    running = 0.0
    order = torch.randperm(len(train_x))
    for batch in order.split(50):
        optimizer.zero_grad()
        output = model(train_x[batch])
        loss = criterion(output, train_y[batch])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(batch)

    model.eval()
    with torch.no_grad():
        output = model(valid_x)
        valid_loss = criterion(output, valid_y).item()
        accuracy = (output.argmax(dim=1) == valid_y).float().mean().item()
    print(f"epoch {epoch:2d} | train loss {running / len(train_x):.3f} | valid loss {valid_loss:.3f} | valid accuracy {accuracy:.3f}")
