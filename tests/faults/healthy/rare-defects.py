import torch
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = make_classification(6000, 12, n_informative=6, n_redundant=0, weights=[0.96], flip_y=0, class_sep=1.6, random_state=5)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=5)
mean, std = X_train.mean(0), X_train.std(0)
train = TensorDataset(torch.tensor((X_train - mean) / std, dtype=torch.float32), torch.tensor(y_train, dtype=torch.float32))
x_val = torch.tensor((X_val - mean) / std, dtype=torch.float32)
loader = DataLoader(train, batch_size=64, shuffle=True)

model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
pos_weight = torch.tensor([(y_train == 0).sum() / (y_train == 1).sum()], dtype=torch.float32)
criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 13):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb).squeeze(1), yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        found = (model(x_val).squeeze(1) > 0).int().numpy()
    print(f"epoch {epoch}: loss {total / len(loader):.4f} defects found {found[y_val == 1].mean():.3f} "
          f"balanced accuracy {balanced_accuracy_score(y_val, found):.3f}")
