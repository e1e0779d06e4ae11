import torch

# A drum skin's height over place and time from scattered measurements. Fourier features, three layers,
# and an own Adam so that everything can be kept in one number format.
DTYPE = torch.float32
torch.manual_seed(19)


def skin(p):
    x, y, t = p.T
    pi = torch.pi
    return (torch.sin(pi * x) * torch.sin(pi * y) * torch.cos(2 * t) + 0.5 * torch.sin(2 * pi * x) * torch.sin(pi * y) * torch.sin(3 * t))


points = torch.rand(3000, 3)
heights = skin(points) + 0.02 * torch.randn(3000)
probe = torch.rand(800, 3)

freq = torch.randn(3, 16) * 2


def features(p):
    z = p @ freq
    return torch.cat([p, z.sin(), z.cos()], 1).to(DTYPE)


layers = torch.nn.Sequential(
    torch.nn.Linear(35, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1)
).to(DTYPE)


class OwnAdam:
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.99), eps=1e-8):
        self.params = list(params)
        self.lr, self.betas, self.eps, self.t = lr, betas, eps, 0
        self.mean = [torch.zeros_like(p) for p in self.params]
        self.power = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for p, m, v in zip(self.params, self.mean, self.power):
            m.mul_(b1).add_(p.grad, alpha=1 - b1)
            v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
            mhat, vhat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            p.sub_(self.lr * mhat / (vhat.sqrt() + self.eps))
            p.grad = None


x, h = features(points), heights.to(DTYPE)[:, None]
adam = OwnAdam(layers.parameters())
for epoch in range(20):
    last = 0.0
    for rows in torch.randperm(len(x)).split(100):
        loss = (layers(x[rows]) - h[rows]).pow(2).mean()
        loss.backward()
        adam.step()
        last += loss.item() * len(rows) / len(x)
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1:2d} mse {last:.5f}")

with torch.no_grad():
    err = layers(features(probe))[:, 0].float() - skin(probe)
print(f"probe rmse {err.square().mean().sqrt():.4f} of spread {skin(probe).std():.4f}")
