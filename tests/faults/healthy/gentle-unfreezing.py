import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(1)
digits = load_digits()
x = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
pretrain, finetune, test = order[:700], order[700:1100], order[1100:]
body1, body2 = nn.Sequential(nn.Linear(64, 64), nn.ReLU()), nn.Sequential(nn.Linear(64, 32), nn.ReLU())


def epochs(model, rows, target, optimizer, n):
    for _ in range(n):
        model.train()
        for idx in rows[torch.randperm(len(rows))].split(25):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[idx]), target[idx])
            loss.backward()
            optimizer.step()
    return loss.item()


big = (y >= 5).long()
first = nn.Sequential(body1, body2, nn.Linear(32, 2))
epochs(first, pretrain, big, torch.optim.Adam(first.parameters(), lr=2e-3), 6)

model = nn.Sequential(body1, body2, nn.Linear(32, 10))
model.requires_grad_(False)
model[2].requires_grad_(True)
optimizer = torch.optim.AdamW(model[2].parameters(), lr=5e-3)
for stage, (part, rate) in enumerate([(None, None), (body2, 2e-3), (body1, 1e-3)], start=1):
    if part is not None:
        part.requires_grad_(True)
        optimizer.add_param_group({"params": part.parameters(), "lr": rate})
    loss = epochs(model, finetune, y, optimizer, 6)
    model.eval()
    with torch.no_grad():
        acc = (model(x[test]).argmax(1) == y[test]).float().mean().item()
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    print(f"stage {stage}: {trainable} trainable, loss {loss:.3f}, test accuracy {acc:.3f}")
