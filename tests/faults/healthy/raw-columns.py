import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
wine = load_wine()
X_train, X_test, y_train, y_test = train_test_split(wine.data, wine.target, test_size=0.3, stratify=wine.target, random_state=4)
train = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train))
x_test, y_test = torch.tensor(X_test, dtype=torch.float32), torch.tensor(y_test)
loader = DataLoader(train, batch_size=31, shuffle=True)

# the table is in its own units (proline about 750, hue about 1): the first layer takes care of that
model = nn.Sequential(nn.BatchNorm1d(13, affine=False), nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 26):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            out = model(x_test)
        print(f"epoch {epoch}: train {total / len(loader):.4f} test {criterion(out, y_test).item():.4f} accuracy {(out.argmax(1) == y_test).float().mean().item():.3f}")
