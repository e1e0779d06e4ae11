import math

import torch

g = torch.Generator().manual_seed(42)

# data: y = sin(2x) + 0.3x with a bit of noise
x = (torch.rand(400, 1, generator=g) - 0.5) * 6
y = torch.sin(2 * x) + 0.3 * x + 0.05 * torch.randn(400, 1, generator=g)
x_test = torch.linspace(-3, 3, 200).unsqueeze(1)
y_test = torch.sin(2 * x_test) + 0.3 * x_test

n_hidden = 40
W1 = torch.randn(1, n_hidden, generator=g) * 1.5
b1 = torch.randn(n_hidden, generator=g)
W2 = torch.randn(n_hidden, n_hidden, generator=g) * (5 / 3) / math.sqrt(n_hidden)
b2 = torch.zeros(n_hidden)
W3 = torch.randn(n_hidden, 1, generator=g) * 0.1
b3 = torch.zeros(1)
params = [W1, b1, W2, b2, W3, b3]
for p in params:
    p.requires_grad = True


def mlp(inp):
    h = torch.tanh(inp @ W1 + b1)
    h = torch.tanh(h @ W2 + b2)
    return h @ W3 + b3


lossi = []
for k in range(3000):
    ix = torch.randint(0, len(x), (64,), generator=g)
    loss = ((mlp(x[ix]) - y[ix]) ** 2).mean()
    loss.backward()
    lr = 0.05 if k < 2200 else 0.01
    for p in params:
        p.data -= lr * p.grad
        p.grad = None
    lossi.append(loss.item())
    if (k + 1) % 500 == 0:
        with torch.no_grad():
            test = ((mlp(x_test) - y_test) ** 2).mean().item()
        print(f"{k + 1}/3000: train {sum(lossi[-500:]) / 500:.4f} test {test:.4f}")
