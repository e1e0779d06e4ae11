import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(2)

# ----- data -----
X, Y = load_digits(return_X_y=True)
X = (X - 8) / 6
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.25, random_state=2, stratify=Y)
X_train = torch.tensor(X_train, dtype=torch.float32)
X_test = torch.tensor(X_test, dtype=torch.float32)
Y_train = torch.tensor(Y_train)
Y_test = torch.tensor(Y_test)

# ----- network -----
sizes = [64, 64, 64, 48, 48, 32, 32, 10]


class Network(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        for linear in self.linears:
            nn.init.xavier_normal_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, a):
        for linear in self.linears[:-1]:
            a = torch.relu(linear(a))
        return self.linears[-1](a)


def cost(output, y):
    return F.cross_entropy(output, y)


net = Network(sizes)
eta, mini_batch_size, epochs = 0.01, 16, 17
sgd = torch.optim.SGD(net.parameters(), lr=eta, momentum=0.8)

# ----- stochastic gradient descent -----
for epoch in range(epochs):
    net.train()
    perm = torch.randperm(len(X_train))
    epoch_cost = 0.0
    for start in range(0, len(perm), mini_batch_size):
        mini_batch = perm[start : start + mini_batch_size]
        c = cost(net(X_train[mini_batch]), Y_train[mini_batch])
        sgd.zero_grad()
        c.backward()
        sgd.step()
        epoch_cost += c.item() * len(mini_batch)

    net.eval()
    with torch.no_grad():
        output = net(X_test)
        test_cost = cost(output, Y_test).item()
        correct = (output.argmax(1) == Y_test).sum().item()
    print(
        f"Epoch {epoch}: cost {epoch_cost / len(X_train):.4f}, test cost {test_cost:.4f}, "
        f"{correct} / {len(Y_test)} right"
    )
