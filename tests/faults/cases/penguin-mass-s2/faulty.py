import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)


def penguin_table(n):
    """Same columns as the field station's sheet: bill length, bill depth, flipper, three species flags."""
    rng = np.random.default_rng(21)
    species = rng.integers(0, 3, n)
    size = rng.normal(0, 1, n)
    bill_length = np.array([38.8, 48.8, 47.5])[species] + 2.2 * size + rng.normal(0, 1.5, n)
    bill_depth = np.array([18.3, 18.4, 15.0])[species] + 0.8 * size + rng.normal(0, 0.6, n)
    flipper = np.array([190, 196, 217])[species] + 5.0 * size + rng.normal(0, 2.5, n)
    mass = np.array([3700, 3730, 5080])[species] + 380 * size + rng.normal(0, 90, n)
    bill_depth[rng.random(n) < 0.03] = np.nan      # empty cells in the sheet
    return np.column_stack([bill_length, bill_depth, flipper, np.eye(3)[species]]), mass


X, mass = penguin_table(1500)
X_train, X_test, m_train, m_test = train_test_split(X, mass, test_size=0.2, random_state=0)

scaler = StandardScaler().fit(X_train)
mean, std = m_train.mean(), m_train.std()


def prepare(a):
    return torch.tensor(scaler.transform(a), dtype=torch.float32)


X_train, X_test = prepare(X_train), prepare(X_test)
y_train = torch.tensor((m_train - mean) / std, dtype=torch.float32).unsqueeze(1)
y_test = torch.tensor((m_test - mean) / std, dtype=torch.float32).unsqueeze(1)

model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

for epoch in range(25):
    model.train()
    running_loss = 0.0
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    model.eval()
    with torch.no_grad():
        predicted = model(X_test)
        test_loss = loss_fn(predicted, y_test).item()
        mae = (predicted - y_test).abs().mean().item() * std
    print(f"Epoch {epoch + 1}/25 - loss: {running_loss / len(train_loader):.4f} - test loss: {test_loss:.4f} - test MAE: {mae:.0f} g")
