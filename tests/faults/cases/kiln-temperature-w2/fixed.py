import torch

torch.manual_seed(2)

# kiln firing: the temperature after a programme of six settings
n = 1500
settings = torch.rand(n, 6) * 2 - 1
gas, air, load, minutes, damper, humidity = settings.T
temp = 1.2 * gas + 0.8 * gas * air - 0.9 * load**2 + 0.7 * torch.sin(3 * minutes) - 0.4 * damper * load
temp = (temp - temp.mean()) / temp.std() + 0.05 * torch.randn(n)
train_x, train_t = settings[:1200], temp[:1200, None]
test_x, test_t = settings[1200:], temp[1200:, None]

sizes = [6, 40, 40, 1]
params = []
for a, b in zip(sizes, sizes[1:]):
    params.append((torch.randn(a, b) * (1.0 / a) ** 0.5).requires_grad_())
    params.append(torch.zeros(b, requires_grad=True))


def forward(x):
    h = x
    for k in range(0, len(params) - 2, 2):
        h = torch.tanh(h @ params[k] + params[k + 1])
    return h @ params[-2] + params[-1]


lr = 0.1
batch = 30
for epoch in range(40):
    perm = torch.randperm(len(train_x))
    total = 0.0
    for i in range(0, len(perm), batch):
        rows = perm[i : i + batch]
        loss = ((forward(train_x[rows]) - train_t[rows]) ** 2).mean()
        grads = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, grads):
                p -= lr * g
        total += loss.item() * len(rows)
    if (epoch + 1) % 10 == 0:
        print("epoch", epoch + 1, "mse", round(total / len(train_x), 4))

with torch.no_grad():
    rest = forward(test_x) - test_t
print("test R2 %.3f" % (1 - rest.pow(2).sum() / (test_t - test_t.mean()).pow(2).sum()).item())
