# cross validation of the wine net, see lecture 6
import copy
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold

torch.manual_seed(0)
data = load_wine()
X = data.data.astype('float32')
y = torch.tensor(data.target)

net = nn.Sequential(nn.Linear(13, 20), nn.Tanh(), nn.Linear(20, 3))
start = copy.deepcopy(net)
crit = nn.CrossEntropyLoss()

scores = []
kfold = StratifiedKFold(5, shuffle=True, random_state=0)
for fold, (tr, te) in enumerate(kfold.split(X, data.target)):
    net = copy.deepcopy(start)      # same starting point for every fold
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    mean, std = X[tr].mean(0), X[tr].std(0)
    Xn = torch.tensor((X - mean) / std)
    for epoch in range(60):
        for idx in torch.tensor(tr)[torch.randperm(len(tr))].split(16):
            optimizer.zero_grad()
            loss = crit(net(Xn[idx]), y[idx])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        acc = (net(Xn[te]).argmax(1) == y[te]).float().mean().item()
    print('fold', fold, 'last loss %.3f' % loss.item(), 'test acc %.3f' % acc)
    scores.append(acc)
print('mean accuracy over folds: %.3f' % np.mean(scores))
