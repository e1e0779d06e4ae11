import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
a, b, c, d = train_test_split(data, target, test_size=0.3, random_state=1, stratify=target)
scaler = StandardScaler().fit(a)
x_train, x_test = (torch.tensor(scaler.transform(t), dtype=torch.float32) for t in (a, b))
y_train, y_test = torch.tensor(c), torch.tensor(d)

net = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
criterion = nn.CrossEntropyLoss(label_smoothing=0.2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)

for epoch in range(1, 21):
    net.train()
    for idx in torch.randperm(len(x_train)).split(31):
        optimizer.zero_grad()
        loss = criterion(net(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        net.eval()
        with torch.no_grad():
            acc = (net(x_test).argmax(1) == y_test).float().mean().item()
        print(f"epoch {epoch} smoothed loss {loss.item():.3f} (it cannot fall below 0.487) test accuracy {acc:.3f}")
