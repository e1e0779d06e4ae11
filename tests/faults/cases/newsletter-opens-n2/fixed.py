import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(7)

# ---- readers of the last year ------------------------------------------------
n, N_TRAIN = 5000, 4000
interest = torch.randn(n)
months = torch.randint(1, 25, (n,)).float()
sent = torch.poisson(months * 4) + 1
opens = torch.binomial(sent, torch.sigmoid(0.9 * interest - 0.8))
clicks = torch.binomial(opens, torch.sigmoid(0.8 * interest - 0.5 + 0.5 * torch.randn(n)))
forwards = torch.poisson(torch.exp(0.6 * interest - 0.5))
complaints = torch.poisson(torch.exp(-0.7 * interest - 1.5))
score = 2.2 * interest + 0.06 * (months - 12) + 0.5 * forwards - 0.9 * complaints
renewed = torch.bernoulli(torch.sigmoid(1.5 * score)).float()


def make_features():
    open_rate = opens / sent
    click_rate = clicks / opens.clamp(min=1)
    features = torch.stack(
        [months, open_rate, click_rate, forwards, complaints, sent / months], dim=1
    )
    known = features[:N_TRAIN]
    return (features - known.mean(0)) / known.std(0)


dataset = TensorDataset(make_features(), renewed)
train_set, val_set = Subset(dataset, range(N_TRAIN)), Subset(dataset, range(N_TRAIN, n))
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
val_loader = DataLoader(val_set, batch_size=500)

model = nn.Sequential(
    nn.Linear(6, 32), nn.ReLU(),
    nn.Linear(32, 16), nn.ReLU(),
    nn.Linear(16, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(8):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x).squeeze(1), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(x)

    model.eval()
    correct, val_loss = 0, 0.0
    with torch.no_grad():
        for x, y in val_loader:
            logits = model(x).squeeze(1)
            val_loss += criterion(logits, y).item() * len(x)
            correct += ((logits > 0) == (y > 0.5)).sum().item()
    print(f"epoch {epoch + 1:2d}  train {running / len(train_set):.4f}  "
          f"val {val_loss / len(val_set):.4f}  acc {correct / len(val_set):.3f}")
