import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

SEED = 33
torch.manual_seed(SEED)
np.random.seed(SEED)

X, y = make_classification(n_samples=560, n_features=60, n_informative=8, n_redundant=12, n_clusters_per_class=2,
                           class_sep=1.0, flip_y=0.08, random_state=SEED)
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=260, stratify=y, random_state=SEED)
scaler = StandardScaler()
X_train = torch.tensor(scaler.fit_transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)


class AlloyNet(nn.Module):
    def __init__(self, n_features, width=256):
        super().__init__()
        self.fc1 = nn.Linear(n_features, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, 2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


num_epochs = 80
model = AlloyNet(X_train.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.1)

for epoch in range(1, num_epochs + 1):
    model.train()
    train_loss = 0.0
    for xb, yb in loader:
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        logits = model(X_val)
        val_loss = F.cross_entropy(logits, y_val).item()
        val_acc = (logits.argmax(1) == y_val).float().mean().item()
    if epoch % 10 == 0:
        print(f"Epoch {epoch:3d}  train loss {train_loss / len(X_train):.4f}  val loss {val_loss:.4f}  val acc {val_acc:.3f}")
