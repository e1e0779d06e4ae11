# Wheat kernels: 7 geometric measurements, 3 varieties (Kama = 1, Rosa = 2, Canadian = 3)
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

np.random.seed(4)
torch.manual_seed(4)

centers = {1: (14.3, 0.880, 5.51, 3.24, 2.67, 5.09), 2: (18.3, 0.884, 6.15, 3.68, 3.64, 6.02),
           3: (11.9, 0.849, 5.23, 2.85, 4.79, 5.12)}
spread = (1.2, 0.016, 0.23, 0.18, 1.2, 0.26)
rows = []
for variety, center in centers.items():
    m = np.random.normal(center, spread, (400, 6))
    perimeter = 4.0 * np.sqrt(m[:, 0]) * (1.87 - m[:, 1]) + np.random.normal(0, 0.1, 400)
    rows.append(np.column_stack([m, perimeter, np.full(400, variety)]))
table = np.concatenate(rows)

X = table[:, :7]
y = table[:, 7].astype(np.int64)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4, stratify=y)
scaler = StandardScaler()
X_train = torch.FloatTensor(scaler.fit_transform(X_train))
X_test = torch.FloatTensor(scaler.transform(X_test))
y_train = torch.LongTensor(y_train)
y_test = torch.LongTensor(y_test)

model = nn.Sequential(
    nn.Linear(7, 20),
    nn.ReLU(),
    nn.Linear(20, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.01)

batch_size = 30
for epoch in range(25):
    model.train()
    order = torch.randperm(len(X_train))
    for i in range(0, len(order), batch_size):
        batch = order[i:i + batch_size]
        optimizer.zero_grad()
        output = model(X_train[batch])
        loss = criterion(output, y_train[batch])
        loss.backward()
        optimizer.step()

    model.eval()
    with torch.no_grad():
        output = model(X_test)
        test_loss = criterion(output, y_test).item()
        acc = (output.argmax(1) == y_test).float().mean().item()
    print("Epoch %d: test loss %.4f, test accuracy %.2f%%" % (epoch + 1, test_loss, 100 * acc))
