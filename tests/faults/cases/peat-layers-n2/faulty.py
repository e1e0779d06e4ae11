import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class Dense(nn.Module):
    """A fully connected layer, from scratch."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(torch.randn(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return x @ self.W + self.b


class PeatNet(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.layer1 = Dense(n_features, 128)
        self.layer2 = Dense(128, 128)
        self.layer3 = Dense(128, 128)
        self.layer4 = Dense(128, n_classes)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        x = F.relu(self.layer3(x))
        return self.layer4(x)


torch.manual_seed(42)
X, y = make_classification(
    n_samples=8000, n_features=24, n_informative=14, n_redundant=4, n_classes=6,
    n_clusters_per_class=2, class_sep=1.8, random_state=42,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

model = PeatNet(24, 6)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)

for epoch in range(1, 10):
    order = torch.randperm(len(X_train))
    total = 0.0
    for batch in order.split(64):
        logits = model(X_train[batch])
        loss = F.cross_entropy(logits, y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    with torch.no_grad():
        logits = model(X_test)
        test_loss = F.cross_entropy(logits, y_test).item()
        acc = (logits.argmax(dim=1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d} train loss {total / len(X_train):9.3f} test loss {test_loss:9.3f} test acc {acc:.3f}")
