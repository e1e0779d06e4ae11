import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

LEVELS = [6, 4, 10, 2, 9, 2, 2, 12, 5, 4, 7, 3]


class TraitNet(nn.Module):
    def __init__(self, levels, emb=4, hidden=48, p=0.1):
        super().__init__()
        self.embs = nn.ModuleList([nn.Embedding(k, emb) for k in levels])
        self.mlp = nn.Sequential(
            nn.Linear(emb * len(levels), hidden), nn.ReLU(), nn.Dropout(p), nn.Linear(hidden, 1)
        )

    def forward(self, traits):
        z = [e(traits[:, i]) for i, e in enumerate(self.embs)]
        return self.mlp(torch.cat(z, 1)).flatten()


def make_mushrooms(n=4000):
    traits = torch.stack([torch.randint(k, (n,)) for k in LEVELS], 1)
    smell = torch.tensor([1.5, -1.0, 0.5, -2.0, 2.0, 0.0, -0.5, 1.0, -1.5, 0.3])[traits[:, 2]]
    spores = torch.randn(12)[traits[:, 7]]
    bruised = traits[:, 3] * 2.0 - 1
    score = 1.5 * smell + spores * bruised + 0.3 * torch.randn(n)
    return TensorDataset(traits, (score > 0).float())


def train_one_epoch(model, loader, loss_fn, optimizer):
    model.train()
    for traits, poisonous in loader:
        loss = loss_fn(model(traits), poisonous)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def validate(model, loader, loss_fn):
    model.eval()
    total_loss, hits, count = 0.0, 0, 0
    for traits, poisonous in loader:
        logits = model(traits)
        total_loss += loss_fn(logits, poisonous).item() * len(traits)
        hits += ((logits > 0) == poisonous.bool()).sum().item()
        count += len(traits)
    return total_loss / count, hits / count


def main():
    torch.manual_seed(55)
    train_set, val_set = random_split(make_mushrooms(), [3200, 800])
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=200)
    model = TraitNet(LEVELS)
    loss_fn = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for epoch in range(10):
        train_one_epoch(model, train_loader, loss_fn, optimizer)
        val_loss, val_acc = validate(model, val_loader, loss_fn)
        print(f"epoch {epoch + 1}: val_loss={val_loss:.4f} val_acc={val_acc:.4f}")


if __name__ == "__main__":
    main()
