import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(61)
np.random.seed(61)

X, y = make_classification(n_samples=4000, n_features=9, n_informative=7, n_redundant=2, n_classes=4,
                           n_clusters_per_class=1, class_sep=2.0, flip_y=0.0, random_state=61)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=61, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)


class DeepNet(nn.Module):
    def __init__(self, n_in, n_out, width=32, depth=12):
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.middle = nn.ModuleList([nn.Linear(width, width) for _ in range(depth - 1)])
        self.last = nn.Linear(width, n_out)
        self.activation = nn.ReLU()

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.middle:
            x = self.activation(layer(x))
        return self.last(x)


model = DeepNet(9, 4)
print(sum(p.numel() for p in model.parameters()), "parameters")
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)

for epoch in range(1, 16):
    model.train()
    running = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running += loss.item()

    model.eval()
    with torch.no_grad():
        outputs = model(X_val)
        val_loss = criterion(outputs, y_val).item()
        accuracy = (outputs.argmax(dim=1) == y_val).float().mean().item()
    print(f"Epoch {epoch:02d} - loss {running / len(loader):.4f} - val loss {val_loss:.4f} - val accuracy {accuracy:.4f}")
