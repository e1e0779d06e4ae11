import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

SEED = 2
torch.manual_seed(SEED)

data = load_breast_cancer()
X_train, X_val, y_train, y_val = train_test_split(data.data, data.target, test_size=0.3, random_state=SEED, stratify=data.target)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_val = torch.tensor(y_val, dtype=torch.float32)

clf = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(clf.parameters(), lr=2e-3, weight_decay=1e-3)


def accuracy(prob, target):
    predicted = (prob >= 0.5).float()
    return (predicted == target).float().mean().item()


for epoch in range(30):
    clf.train()
    for idx in torch.randperm(len(X_train)).split(16):
        prob = clf(X_train[idx])
        loss = criterion(prob, y_train[idx].unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    clf.eval()
    with torch.no_grad():
        p_train, p_val = clf(X_train), clf(X_val)
        if (epoch + 1) % 3 == 0:
            print(f"epoch {epoch + 1:2d}: "
                  f"train loss {criterion(p_train, y_train.unsqueeze(1)):.4f} acc {accuracy(p_train, y_train):.3f}, "
                  f"val loss {criterion(p_val, y_val.unsqueeze(1)):.4f} acc {accuracy(p_val, y_val):.3f}")
