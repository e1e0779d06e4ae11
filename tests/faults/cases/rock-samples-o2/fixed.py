import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(2)

X, y = make_classification(n_samples=1300, n_features=30, n_informative=8, n_redundant=4, n_classes=3,
                           n_clusters_per_class=1, class_sep=0.9, flip_y=0.12, random_state=2)
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=300, stratify=y, random_state=2)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)


class RockClassifier(nn.Module):
    def __init__(self, n_minerals, n_types):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(n_minerals, 128),
            nn.ReLU(),
            nn.Dropout(0.6),
            nn.Linear(128, 128),
            nn.ReLU(),
            nn.Dropout(0.6),
            nn.Linear(128, n_types),
        )

    def forward(self, x):
        return self.model(x)


def accuracy(logits, target):
    return (logits.argmax(dim=1) == target).float().mean().item()


model = RockClassifier(30, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
batch_size = 25

for epoch in range(20):
    model.train()
    permutation = torch.randperm(len(X_train))
    train_loss = train_acc = 0.0
    for start in range(0, len(X_train), batch_size):
        index = permutation[start : start + batch_size]
        logits = model(X_train[index])
        loss = criterion(logits, y_train[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(index) / len(X_train)
        train_acc += accuracy(logits, y_train[index]) * len(index) / len(X_train)
    model.eval()
    with torch.no_grad():
        logits = model(X_val)
        val_loss = criterion(logits, y_val).item()
        val_acc = accuracy(logits, y_val)
    if (epoch + 1) % 2 == 0:
        print(f"epoch {epoch + 1}: train loss {train_loss:.3f} acc {train_acc:.3f} | val loss {val_loss:.3f} acc {val_acc:.3f}")
