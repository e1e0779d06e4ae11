import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(11)
T = 4.0

x, y = load_digits(return_X_y=True)
x = torch.tensor(x, dtype=torch.float32) / 16
y = torch.tensor(y)
i_train, i_test = train_test_split(torch.arange(len(x)), test_size=0.3, random_state=11, stratify=y)


def mlp(*sizes):
    parts = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        parts += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def batches(size=32):
    for rows in i_train[torch.randperm(len(i_train))].split(size):
        yield x[rows], y[rows]


def accuracy(net):
    with torch.no_grad():
        return (net(x[i_test]).argmax(1) == y[i_test]).float().mean().item()


# teacher, on the true labels
teacher = mlp(64, 256, 10)
opt = torch.optim.Adam(teacher.parameters(), lr=2e-3)
for epoch in range(10):
    for xb, yb in batches():
        loss = F.cross_entropy(teacher(xb), yb)
        opt.zero_grad(); loss.backward(); opt.step()
print(f"teacher: accuracy {accuracy(teacher):.3f}")

# student, on the teacher's soft answers only
student = mlp(64, 24, 10)
opt = torch.optim.Adam(student.parameters(), lr=5e-3)
for epoch in range(1, 21):
    total = 0.0
    for xb, _ in batches():
        with torch.no_grad():
            soft = F.softmax(teacher(xb) / T, dim=1)
        loss = T ** 2 * F.kl_div(student(xb) / T, soft, reduction="batchmean")
        opt.zero_grad(); loss.backward(); opt.step()
        total += loss.item() * len(xb)
    if epoch % 5 == 0:
        print(f"student, epoch {epoch}: divergence {total / len(i_train):.4f}, accuracy {accuracy(student):.3f}")
