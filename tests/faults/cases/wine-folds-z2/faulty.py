import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

SEED = 14
torch.manual_seed(SEED)
X, y = load_wine(return_X_y=True)


def build():
    return torch.nn.Sequential(
        torch.nn.Linear(13, 32),
        torch.nn.SiLU(),
        torch.nn.Dropout(0.1),
        torch.nn.Linear(32, 3),
    )


criterion = torch.nn.CrossEntropyLoss()
net = build()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-4)
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=SEED)
results = []

for k, (fit, test) in enumerate(folds.split(X, y)):
    scaler = StandardScaler().fit(X[fit])
    Xf, Xt = (torch.from_numpy(scaler.transform(X[i])).float() for i in (fit, test))
    yf, yt = torch.from_numpy(y[fit]), torch.from_numpy(y[test])
    net = build()  # every fold starts from fresh weights
    for epoch in range(60):
        net.train()
        for batch in np.array_split(np.random.RandomState(epoch).permutation(len(fit)), 8):
            net.zero_grad()
            loss = criterion(net(Xf[batch]), yf[batch])
            loss.backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        acc = (net(Xt).argmax(1) == yt).float().mean().item()
    results.append(acc)
    print(f"fold {k}: last loss {loss.item():.3f}, accuracy {acc:.3f}")

print(f"mean accuracy over {len(results)} folds: {np.mean(results):.3f} +- {np.std(results):.3f}")
