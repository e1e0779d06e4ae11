"""Mark the vowels-after-doubles in words of different lengths (three tags per letter)."""
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

IGNORE = -100


class Words(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.items = []
        for _ in range(n):
            size = int(torch.randint(3, 19, (1,), generator=g))
            letters = torch.randint(1, 11, (size,), generator=g)
            vowel = letters <= 4
            doubled = torch.zeros(size, dtype=torch.bool)
            doubled[1:] = letters[1:] <= letters[:-1]
            self.items.append((letters, vowel.long() + (vowel & doubled).long()))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    letters, tags = zip(*items)
    return pad_sequence(letters, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=IGNORE)


class Marker(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(11, 16, padding_idx=0)
        self.conv = nn.Conv1d(16, 32, 3, padding=1)
        self.rnn = nn.GRU(32, 24, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(48, 3)

    def forward(self, x):
        e = torch.relu(self.conv(self.letters(x).transpose(1, 2))).transpose(1, 2)
        return self.tag(self.rnn(e)[0])


def run(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, correct, count = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for letters, tags in loader:
            out = model(letters)
            loss = criterion(out.transpose(1, 2), tags)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item()
            correct += (out.argmax(-1) == tags).sum().item()
            count += tags.numel()
    return loss_sum / len(loader), correct / count


torch.manual_seed(31)
train = DataLoader(Words(1600, 1), batch_size=32, shuffle=True, collate_fn=collate)
test = DataLoader(Words(400, 2), batch_size=64, collate_fn=collate)
model = Marker()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss(ignore_index=IGNORE)
for epoch in range(5):
    train_loss, train_acc = run(model, train, criterion, optimizer)
    test_loss, test_acc = run(model, test, criterion)
    print(f"epoch {epoch + 1}: loss {train_loss:.4f}/{test_loss:.4f} letters right {train_acc:.3f}/{test_acc:.3f}")
