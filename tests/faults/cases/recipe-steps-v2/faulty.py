import random
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader

STEPS = ["chop", "boil", "fry", "bake", "whisk", "knead", "chill", "simmer", "grill", "season", "rest", "serve"]
KINDS = {
    "soup": ["chop", "fry", "boil", "simmer", "season"],
    "bread": ["whisk", "knead", "rest", "knead", "bake"],
    "stew": ["fry", "chop", "simmer", "boil", "season"],
    "cake": ["whisk", "chill", "knead", "bake", "rest"],
    "biscuits": ["knead", "whisk", "chill", "bake", "rest"],
    "barbecue": ["season", "chill", "grill", "rest", "chop"],
}
ID = {step: i for i, step in enumerate(STEPS)}

args = SimpleNamespace(
    d_model=48,
    heads=4,
    layers=2,
    epochs=10,
    batch_size=32,
    lr=2e-5,
    weight_decay=0.01,
    seed=16,
)


def recipe(rng):
    """The five steps of a kind in their order, with five others in between."""
    kind = rng.randrange(len(KINDS))
    steps = [ID[s] for s in list(KINDS.values())[kind]]
    for _ in range(5):
        steps.insert(rng.randint(0, len(steps)), rng.randrange(len(STEPS)))
    return torch.tensor(steps), torch.tensor(kind)


class RecipeEncoder(nn.Module):
    def __init__(self, length=10):
        super().__init__()
        self.tok = nn.Embedding(len(STEPS), args.d_model)
        self.pos = nn.Embedding(length, args.d_model)
        layer = nn.TransformerEncoderLayer(args.d_model, args.heads, 2 * args.d_model, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, args.layers)
        self.classifier = nn.Linear(args.d_model, len(KINDS))

    def forward(self, ids):
        x = self.tok(ids) + self.pos(torch.arange(ids.shape[1]))
        return self.classifier(self.encoder(x).mean(dim=1))


def main():
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    train_loader = DataLoader([recipe(rng) for _ in range(3000)], batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader([recipe(rng) for _ in range(500)], batch_size=250)
    model = RecipeEncoder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, args.epochs + 1):
        model.train()
        train_loss = 0.0
        for ids, kind in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(ids), kind)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(train_loader)
        model.eval()
        with torch.no_grad():
            hits = sum((model(ids).argmax(-1) == kind).sum().item() for ids, kind in val_loader)
        print(f"epoch {epoch}: train loss {train_loss:.3f}  val accuracy {hits / len(val_loader.dataset):.3f}")


if __name__ == "__main__":
    main()
