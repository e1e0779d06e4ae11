import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(21)
rng = np.random.default_rng(21)

CARDINALITIES = {"country": 20, "month": 12, "vehicle": 15, "postcode": 30, "channel": 8}
PITCHES = ["tent", "caravan", "motorhome", "cabin"]


def bookings(n):
    # every category has a hidden taste, a booking follows the tastes of its categories
    tastes = {name: rng.normal(0, 1, (size, 3)) for name, size in CARDINALITIES.items()}
    rows = np.stack([rng.integers(0, size, n) for size in CARDINALITIES.values()], axis=1)
    z = sum(tastes[name][rows[:, i]] for i, name in enumerate(CARDINALITIES))
    scores = np.concatenate([z, (z[:, :1] * z[:, 1:2]) - 0.5], axis=1) * 1.5
    scores += rng.gumbel(0, 0.25, scores.shape)
    return torch.from_numpy(rows), torch.from_numpy(scores.argmax(1))


class TabularNet(nn.Module):
    def __init__(self, cardinalities, emb_dim=4, hidden=48, n_classes=4):
        super().__init__()
        self.embeddings = [nn.Embedding(size, emb_dim) for size in cardinalities]
        self.layers = nn.Sequential(
            nn.Linear(emb_dim * len(cardinalities), hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, n_classes),
        )

    def forward(self, x):
        embedded = [emb(x[:, i]) for i, emb in enumerate(self.embeddings)]
        return self.layers(torch.cat(embedded, dim=1))


dataset = TensorDataset(*bookings(9000))
train_ds, valid_ds = random_split(dataset, [7200, 1800])
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)
valid_dl = DataLoader(valid_ds, batch_size=300)

model = TabularNet(list(CARDINALITIES.values()))
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_func = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    train_loss = 0.0
    for xb, yb in train_dl:
        out = model(xb)
        loss = loss_func(out, yb)
        loss.backward()
        opt.step()
        train_loss += loss.item() * len(xb)

    model.eval()
    valid_loss, correct = 0.0, 0
    with torch.no_grad():
        for xb, yb in valid_dl:
            out = model(xb)
            valid_loss += loss_func(out, yb).item() * len(xb)
            correct += (out.argmax(dim=1) == yb).sum().item()
    train_loss /= len(train_ds)
    valid_loss /= len(valid_ds)
    accuracy = correct / len(train_ds)
    print(f"epoch {epoch}: train_loss={train_loss:.4f} valid_loss={valid_loss:.4f} accuracy={accuracy:.4f}")
