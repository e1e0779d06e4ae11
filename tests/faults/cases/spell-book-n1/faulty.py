import random

import torch
import torch.nn.functional as F

random.seed(1337)
g = torch.Generator().manual_seed(1337)

starts = ["al", "ex", "lu", "mor", "wing", "acc", "ob", "inc", "rep", "ser"]
middles = ["o", "pe", "mi", "li", "ca", "ren", "sto", "ga", "vi", "do"]
ends = ["ra", "mus", "io", "ora", "endo", "is", "ate", "um", "sia", "ix"]
ending = {(s, m): random.choice(ends) for s in starts for m in middles}


def make_word():
    s = random.choice(starts)
    ms = random.choices(middles, k=random.randint(1, 3))
    return s + "".join(ms) + ending[s, ms[-1]]


words = sorted({make_word() for _ in range(9000)})
random.shuffle(words)
chars = sorted(set("".join(words)))
stoi = {c: i + 1 for i, c in enumerate(chars)}
stoi["."] = 0
vocab_size = len(stoi)
block_size = 8


def build_dataset(words):
    X, Y = [], []
    for w in words:
        context = [0] * block_size
        for ch in w + ".":
            X.append(context)
            Y.append(stoi[ch])
            context = context[1:] + [stoi[ch]]
    return torch.tensor(X), torch.tensor(Y)


class Linear:
    def __init__(self, fan_in, fan_out):
        self.weight = torch.randn((fan_in, fan_out), generator=g)
        self.bias = torch.zeros(fan_out)

    def __call__(self, x):
        return x @ self.weight + self.bias

    def parameters(self):
        return [self.weight, self.bias]


class Tanh:
    def __call__(self, x):
        return torch.tanh(x)

    def parameters(self):
        return []


n1 = int(0.9 * len(words))
Xtr, Ytr = build_dataset(words[:n1])
Xdev, Ydev = build_dataset(words[n1:])

n_embd, n_hidden = 10, 100
C = torch.randn((vocab_size, n_embd), generator=g)
layers = [
    Linear(n_embd * block_size, n_hidden), Tanh(),
    Linear(n_hidden, n_hidden), Tanh(),
    Linear(n_hidden, n_hidden), Tanh(),
    Linear(n_hidden, n_hidden), Tanh(),
    Linear(n_hidden, vocab_size),
]
with torch.no_grad():
    layers[-1].weight *= 0.01  # not too sure of itself at first
parameters = [C] + [p for layer in layers for p in layer.parameters()]
for p in parameters:
    p.requires_grad = True
print(sum(p.nelement() for p in parameters), "parameters,", len(Xtr), "examples")


def forward(X):
    x = C[X].view(X.shape[0], -1)
    for layer in layers:
        x = layer(x)
    return x


max_steps, batch_size = 6000, 64
for i in range(max_steps):
    ix = torch.randint(0, Xtr.shape[0], (batch_size,), generator=g)
    loss = F.cross_entropy(forward(Xtr[ix]), Ytr[ix])
    for p in parameters:
        p.grad = None
    loss.backward()
    lr = 0.1 if i < 4000 else 0.01
    for p in parameters:
        p.data += -lr * p.grad
    if i % 1000 == 0:
        print(f"{i:6d}/{max_steps}: {loss.item():.4f}")

with torch.no_grad():
    train_loss = F.cross_entropy(forward(Xtr), Ytr).item()
    dev_loss = F.cross_entropy(forward(Xdev), Ydev).item()
print(f"train {train_loss:.4f} dev {dev_loss:.4f}")
