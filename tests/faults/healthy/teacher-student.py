import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(13)
digits = load_digits()
x = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
train, test = order[:1300], order[1300:]
T, ALPHA = 3.0, 0.7


def accuracy(net):
    net.eval()
    with torch.no_grad():
        return (net(x[test]).argmax(1) == y[test]).float().mean().item()


teacher = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
opt = torch.optim.Adam(teacher.parameters(), lr=1e-3)
for epoch in range(10):
    teacher.train()
    for idx in train[torch.randperm(len(train))].split(32):
        opt.zero_grad()
        F.cross_entropy(teacher(x[idx]), y[idx]).backward()
        opt.step()
print(f"teacher accuracy {accuracy(teacher):.3f}")

teacher.requires_grad_(False)
student = nn.Sequential(nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10))
opt = torch.optim.Adam(student.parameters(), lr=3e-3)
for epoch in range(1, 21):
    student.train()
    for idx in train[torch.randperm(len(train))].split(32):
        logits = student(x[idx])
        soft = F.kl_div(F.log_softmax(logits / T, dim=1), F.softmax(teacher(x[idx]) / T, dim=1), reduction="batchmean")
        loss = ALPHA * T * T * soft + (1 - ALPHA) * F.cross_entropy(logits, y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {loss.item():.3f} student accuracy {accuracy(student):.3f}")
