import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(8)
digits = load_digits()
x = torch.tensor(digits.data, dtype=torch.float32)
full = TensorDataset((x - x.mean()) / x.std(), torch.tensor(digits.target))
train_set, val_set = random_split(full, [1400, 397])
loader = DataLoader(train_set, batch_size=35, shuffle=True)
x_val, y_val = val_set[:]

model = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64), nn.GELU(), nn.Linear(64, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
for epoch in range(1, 11):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(xb)
            loss = nn.functional.cross_entropy(logits, yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        acc = (model(x_val).argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch} loss {total / len(loader):.4f} val acc {acc:.3f}")
