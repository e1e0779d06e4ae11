import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Ratings(Dataset):
    """readers x books, three tenths of the table is known, whole stars from 1 to 5"""

    def __init__(self, readers=200, books=150, taste=3):
        u = torch.randn(readers, taste)
        b = torch.randn(books, taste)
        mild = 0.4 * torch.randn(readers, 1)
        good = 0.6 * torch.randn(1, books)
        full = 3.2 + mild + good + 0.7 * (u @ b.T) + 0.3 * torch.randn(readers, books)
        self.where = (torch.rand(readers, books) < 0.3).nonzero()
        self.stars = full.round().clamp(1, 5)[self.where[:, 0], self.where[:, 1]]

    def __len__(self):
        return len(self.where)

    def __getitem__(self, i):
        return self.where[i, 0], self.where[i, 1], self.stars[i]


class Shelf(nn.Module):
    def __init__(self, readers, books, k):
        super().__init__()
        self.reader = nn.Embedding(readers, k)
        self.book = nn.Embedding(books, k)
        self.mild = nn.Embedding(readers, 1)
        self.good = nn.Embedding(books, 1)
        for table in (self.reader, self.book, self.mild, self.good):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, r, b):
        s = (self.reader(r) * self.book(b)).sum(-1) + (self.mild(r) + self.good(b)).squeeze(-1)
        return 3.0 + s


def rmse(model, loader):
    total, n = 0.0, 0
    with torch.no_grad():
        for r, b, stars in loader:
            total += (model(r, b) - stars).square().sum().item()
            n += len(stars)
    return (total / n) ** 0.5


torch.manual_seed(9)
everything = Ratings()
train_set, val_set = random_split(everything, [0.85, 0.15])
train_dl = DataLoader(train_set, batch_size=128, shuffle=True)
val_dl = DataLoader(val_set, batch_size=1000)
model = Shelf(200, 150, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=2e-5)
for epoch in range(1, 13):
    for r, b, stars in train_dl:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(r, b), stars).backward()
        optimizer.step()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: rmse {rmse(model, train_dl):.3f} on known stars, {rmse(model, val_dl):.3f} on hidden ones")
