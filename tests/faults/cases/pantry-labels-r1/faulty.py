import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

N_INGREDIENTS, N_ALLERGENS = 300, 14


class Recipes(Dataset):
    """A recipe is a list of ingredients; an allergen is present if a carrier of it is in the list."""

    def __init__(self, n, seed):
        carriers = torch.Generator().manual_seed(0)
        contains = torch.rand(N_INGREDIENTS, N_ALLERGENS, generator=carriers) < 0.012
        gen = torch.Generator().manual_seed(seed)
        self.lists = [torch.randperm(N_INGREDIENTS, generator=gen)[:8] for _ in range(n)]
        self.allergens = torch.stack([contains[i].any(0).float() for i in self.lists])

    def __len__(self):
        return len(self.lists)

    def __getitem__(self, i):
        return self.lists[i], self.allergens[i]


class AllergenTagger(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.embed = nn.EmbeddingBag(N_INGREDIENTS, dim, mode="sum")
        self.hidden = nn.Linear(dim, 64)
        self.out = nn.Linear(64, N_ALLERGENS)

    def forward(self, ingredients):
        h = torch.relu(self.hidden(self.embed(ingredients) / 8 ** 0.5))
        return torch.sigmoid(self.out(h))


class Trainer:
    def __init__(self, model, lr=2e-3):
        self.model = model
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def fit_epoch(self, loader):
        self.model.train()
        total = 0.0
        for ingredients, allergens in loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(ingredients), allergens)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(loader)

    @torch.no_grad()
    def f1(self, loader):
        self.model.eval()
        tp = fp = fn = 0
        for ingredients, allergens in loader:
            named = self.model(ingredients) > 0.5
            tp += (named & (allergens == 1)).sum().item()
            fp += (named & (allergens == 0)).sum().item()
            fn += (~named & (allergens == 1)).sum().item()
        return 2 * tp / max(2 * tp + fp + fn, 1)


if __name__ == "__main__":
    torch.manual_seed(14)
    train_loader = DataLoader(Recipes(3000, seed=1), batch_size=50, shuffle=True)
    val_loader = DataLoader(Recipes(600, seed=2), batch_size=200)
    trainer = Trainer(AllergenTagger())
    for epoch in range(1, 16):
        loss = trainer.fit_epoch(train_loader)
        print(f"epoch {epoch:2d}  loss {loss:.4f}  val F1 {trainer.f1(val_loader):.3f}")
