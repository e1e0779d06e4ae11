import numpy as np
import torch
from sklearn.datasets import load_digits

torch.manual_seed(77)
bunch = load_digits()
order = np.random.RandomState(77).permutation(len(bunch.data))
pix = torch.tensor(bunch.data[order] / 16 - 0.3).float()
num = torch.tensor(bunch.target[order])
Xtr, Xte, ytr, yte = pix[:1300], pix[1300:], num[:1300], num[1300:]


def glorot(n_in, n_out):
    w = (torch.rand(n_in, n_out) * 2 - 1) * (6 / (n_in + n_out)) ** 0.5
    return w.requires_grad_()


theta = {
    "W1": glorot(64, 50), "b1": torch.zeros(50, requires_grad=True),
    "W2": glorot(50, 50), "b2": torch.zeros(50, requires_grad=True),
    "W3": glorot(50, 10), "b3": torch.zeros(10, requires_grad=True),
}


def forward(x, th):
    h = torch.tanh(x @ th["W1"] + th["b1"])
    h = torch.tanh(h @ th["W2"] + th["b2"])
    o = h @ th["W3"] + th["b3"]
    e = (o - o.max(1, keepdim=True).values).exp()
    return e / e.sum(1, keepdim=True)


def xent(o, y):
    shift = o.max(1, keepdim=True).values
    lse = shift[:, 0] + (o - shift).exp().sum(1).log()
    return (lse - o[torch.arange(len(y)), y]).mean()


vel = {k: torch.zeros_like(v) for k, v in theta.items()}
lr, mom = 0.02, 0.9
for epoch in range(15):
    shuffle = torch.randperm(len(Xtr))
    tot = 0
    for s in range(0, len(Xtr), 50):
        b = shuffle[s:s + 50]
        J = xent(forward(Xtr[b], theta), ytr[b])
        J.backward()
        with torch.no_grad():
            for k, v in theta.items():
                vel[k] = mom * vel[k] - lr * v.grad
                v += vel[k]
                v.grad = None
        tot += J.item() / (len(Xtr) // 50)
    if epoch % 3 == 2:
        with torch.no_grad():
            o = forward(Xte, theta)
            print("epoch", epoch + 1, "J train %.4f" % tot, "J test %.4f" % xent(o, yte), "accuracy %.4f" % (o.argmax(1) == yte).float().mean())
