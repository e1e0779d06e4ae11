import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

torch.manual_seed(31)


def customers(n):
    age, visits, basket, days, mails = torch.randn(5, n).unbind()
    z = 1.5 * visits - 1.2 * days + visits * basket + (age ** 2 - 1) * 0.8 - 0.4 * mails - 1.0
    answer = torch.rand(n) < torch.sigmoid(1.6 * z)
    return torch.stack([age, visits, basket, days, mails], dim=1), answer.float()


def auc(scores, answer):
    """Mann-Whitney: how often does somebody who answered score above somebody who did not"""
    pos = answer.sum()
    neg = len(answer) - pos
    rank = scores.argsort().float() + 1
    return ((rank[answer == 1].sum() - pos * (pos + 1) / 2) / (pos * neg)).item()


features, answered = customers(5000)
new_features, new_answered = customers(2000)

model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1), nn.Flatten(0))
adam = torch.optim.Adam(model.parameters(), lr=3e-3)

epoch = 0
while epoch < 12:
    epoch += 1
    model.train()
    total = 0.0
    for idx in torch.randperm(len(features)).split(50):
        adam.zero_grad()
        loss = bce(model(features[idx]), answered[idx])
        loss.backward()
        adam.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        s = model(new_features)
    print(f"epoch {epoch:2d}: train loss {total / len(features):.4f}, new customers loss {bce(s, new_answered):.4f}, AUC {auc(s, new_answered):.3f}")
