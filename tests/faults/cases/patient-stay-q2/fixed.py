import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

np.random.seed(36)
torch.manual_seed(36)

# 500 admissions, 30 lab values of which six matter
lab = np.random.randn(500, 30)
score = 1.1 * lab[:, 0] - 0.9 * lab[:, 1] + 0.8 * lab[:, 2] + 0.7 * lab[:, 3] - 0.7 * lab[:, 4] + 0.6 * lab[:, 5]
long_stay = (score + np.random.logistic(0, 0.6, 500) > 0).astype(np.float32)

lab_train, lab_val, stay_train, stay_val = train_test_split(lab, long_stay, train_size=300, random_state=0)
scaler = StandardScaler().fit(lab_train)
X = torch.tensor(scaler.transform(lab_train), dtype=torch.float32)
y = torch.tensor(stay_train)[:, None]
X_val = torch.tensor(scaler.transform(lab_val), dtype=torch.float32)

model = nn.Sequential(
    nn.Dropout(0.2),
    nn.Linear(30, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.5)
epochs = 90

for epoch in range(1, epochs + 1):
    model.train()
    losses = []
    for batch in torch.randperm(len(X)).split(20):
        optimizer.zero_grad()
        loss = criterion(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    if epoch % 15 == 0:
        model.eval()
        with torch.no_grad():
            p = torch.sigmoid(model(X_val))[:, 0].numpy()
        print(f"epoch {epoch:3d} - train loss {np.mean(losses):.3f} - val loss {log_loss(stay_val, p):.3f} "
              f"- val AUC {roc_auc_score(stay_val, p):.3f}")
