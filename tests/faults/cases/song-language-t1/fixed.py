import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

VOCAB, WORDS, STYLES = 200, 24, 6
MICRO_BATCH = 8
ACCUMULATE = 16  # effective batch of 128; more does not fit on my card at once
LR = 0.1


def lyrics(n, gen):
    """Each style has its own three-word phrases; two of them stand somewhere in the text."""
    phrases = torch.randint(VOCAB, (STYLES, 8, 3), generator=torch.Generator().manual_seed(77))
    text = torch.randint(VOCAB, (n, WORDS), generator=gen)
    style = torch.randint(STYLES, (n,), generator=gen)
    for half in (0, 12):
        start = half + torch.randint(0, 10, (n, 1), generator=gen)
        which = torch.randint(8, (n,), generator=gen)
        text.scatter_(1, start + torch.arange(3), phrases[style, which])
    return TensorDataset(text, style)


class TextCNN(nn.Module):
    def __init__(self, dim=32, filters=64):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim)
        self.conv = nn.Conv1d(dim, filters, 3)
        self.fc = nn.Linear(filters, STYLES)

    def forward(self, words):
        x = self.embed(words).transpose(1, 2)
        x = torch.relu(self.conv(x)).amax(dim=2)
        return self.fc(x)


def validate(model, loader, criterion):
    model.eval()
    loss = hits = total = 0
    with torch.no_grad():
        for words, style in loader:
            logits = model(words)
            loss += criterion(logits, style).item() * len(style)
            hits += (logits.argmax(dim=1) == style).sum().item()
            total += len(style)
    return loss / total, hits / total


torch.manual_seed(22)
gen = torch.Generator().manual_seed(22)
train_loader = DataLoader(lyrics(5120, gen), batch_size=MICRO_BATCH, shuffle=True)
val_loader = DataLoader(lyrics(1000, gen), batch_size=250)

model = TextCNN()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)

for epoch in range(12):
    model.train()
    train_loss = 0.0
    optimizer.zero_grad()
    for i, (words, style) in enumerate(train_loader):
        loss = criterion(model(words), style)
        (loss / ACCUMULATE).backward()
        train_loss += loss.item()
        if (i + 1) % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    val_loss, val_acc = validate(model, val_loader, criterion)
    print(f"epoch {epoch + 1:2d} train {train_loss / len(train_loader):.3f} val {val_loss:.3f} accuracy {val_acc:.3f}")
