import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

KEEP = 0.9
torch.manual_seed(30)

X, y = make_classification(2400, 20, n_informative=10, n_redundant=4, n_classes=6, n_clusters_per_class=2,
                           class_sep=1.6, random_state=30)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, random_state=30)
scale = StandardScaler().fit(X_tr)
X_tr, X_te = (torch.tensor(scale.transform(a), dtype=torch.float32) for a in (X_tr, X_te))
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)


class Classifier(nn.Module):
    def __init__(self, keep_prob):
        super().__init__()
        self.fc1 = nn.Linear(20, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 6)
        self.drop = nn.Dropout(keep_prob)

    def forward(self, x):
        x = self.drop(torch.relu(self.fc1(x)))
        x = self.drop(torch.relu(self.fc2(x)))
        return self.fc3(x)


net = Classifier(KEEP)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(17):
    net.train()
    for idx in torch.randperm(len(X_tr)).split(48):
        opt.zero_grad()
        loss_fn(net(X_tr[idx]), y_tr[idx]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        fit, out = loss_fn(net(X_tr), y_tr).item(), net(X_te)
        acc = (out.argmax(1) == y_te).float().mean().item()
    if epoch % 4 == 0:
        print(f"epoch {epoch}: train loss {fit:.3f}, test loss {loss_fn(out, y_te).item():.3f}, test accuracy {acc:.3f}")
