import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(2024)

# an invented language: the next letter depends on the two before it
V = 24
grammar = torch.full((V, V, V), 0.004)
for a in range(V):
    for b in range(V):
        nxt = torch.randperm(V, generator=g)[:2] if a % 3 == 0 else torch.tensor([(a + b) % V, (b * 5 + 1) % V])
        grammar[a, b, nxt] += torch.tensor([0.7, 0.25])
grammar /= grammar.sum(-1, keepdim=True)

text = [0, 1]
for _ in range(24000):
    text.append(torch.multinomial(grammar[text[-2], text[-1]], 1, generator=g).item())
text = torch.tensor(text)
X = torch.stack([text[:-2], text[1:-1]], dim=1)
Y = text[2:]
Xtr, Ytr = X[:21000], Y[:21000]
Xdev, Ydev = X[21000:], Y[21000:]

C = torch.randn((V, 12), generator=g)
W1 = torch.randn((24, 160), generator=g) * (5 / 3) / 24 ** 0.5
b1 = torch.zeros(160)
W2 = torch.randn((160, V), generator=g) * 0.05
b2 = torch.zeros(V)
parameters = [C, W1, b1, W2, b2]
for p in parameters:
    p.requires_grad_()


def forward(x):
    h = torch.tanh(C[x].flatten(1) @ W1 + b1)
    return h @ W2 + b2


optimizer = torch.optim.SGD(parameters, lr=0.3)
lossi = []
for i in range(6000):
    ix = torch.randint(0, len(Xtr), (64,), generator=g)
    logits = forward(Xtr[ix])
    loss = ((logits.softmax(1) - F.one_hot(Ytr[ix], V)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    lossi.append(loss.item())
    if (i + 1) % 1000 == 0:
        print(f"{i + 1:6d}/6000: {sum(lossi[-1000:]) / 1000:.4f}")

with torch.no_grad():
    for name, x, y in (("train", Xtr, Ytr), ("dev", Xdev, Ydev)):
        logits = forward(x)
        nll = F.cross_entropy(logits, y).item()
        print(name, f"perplexity {torch.tensor(nll).exp():.2f} next letter right {(logits.argmax(1) == y).float().mean():.3f}")
