import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).view(-1, 1)

n_epochs = 15
learning_rate = 0.02
batch_size = 32


def make_model():
    return nn.Sequential(nn.Linear(30, 8), nn.ELU(), nn.Linear(8, 8), nn.ELU(), nn.Linear(8, 1))


loss_fn = nn.BCEWithLogitsLoss()
accuracies = []
for fold, (tr, va) in enumerate(KFold(5, shuffle=True, random_state=0).split(X)):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    mean, std = X[tr].mean(0), X[tr].std(0)
    X_tr, y_tr = (X[tr] - mean) / std, y[tr]
    X_va, y_va = (X[va] - mean) / std, y[va]
    for epoch in range(n_epochs):
        model.train()
        perm = torch.randperm(len(X_tr))
        for i in range(0, len(X_tr), batch_size):
            idx = perm[i:i + batch_size]
            optimizer.zero_grad()
            loss = loss_fn(model(X_tr[idx]), y_tr[idx])
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        logits = model(X_va)
        acc = ((logits > 0).float() == y_va).float().mean().item()
    accuracies.append(acc)
    print(f"fold {fold + 1}: last training loss {loss.item():.4f} validation loss {loss_fn(logits, y_va).item():.4f} accuracy {acc:.3f}")
print(f"mean accuracy {sum(accuracies) / len(accuracies):.3f}")
