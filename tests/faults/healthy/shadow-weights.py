import copy

import torch
from sklearn.datasets import make_friedman1
from torch import nn

torch.manual_seed(6)
X, y = make_friedman1(3000, noise=1.0, random_state=6)
X = torch.tensor((X - 0.5) * 3.46, dtype=torch.float32)
y = torch.tensor((y - y[:2400].mean()) / y[:2400].std(), dtype=torch.float32).unsqueeze(1)


class Ema:
    def __init__(self, model, decay):
        self.module = copy.deepcopy(model).eval()
        self.decay = decay
        for p in self.module.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for slow, fast in zip(self.module.state_dict().values(), model.state_dict().values()):
            slow.copy_(self.decay * slow + (1 - self.decay) * fast)


model = nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 1))
ema = Ema(model, 0.99)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loss_fn = nn.MSELoss()
for epoch in range(1, 16):
    model.train()
    for idx in torch.randperm(2400).split(48):
        optimizer.zero_grad()
        loss = loss_fn(model(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
        ema.update(model)
    if epoch % 3 == 0:
        with torch.no_grad():
            val = loss_fn(ema.module(X[2400:]), y[2400:]).item()
        print(f"epoch {epoch}: averaged model, val mse {val:.4f}")
