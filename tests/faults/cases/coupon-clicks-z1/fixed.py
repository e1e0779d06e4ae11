import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(33)
CUSTOMERS, OFFERS = 30, 20


class Affinity(nn.Module):
    """Chance that a customer of a given type clicks a given coupon."""

    def __init__(self, dim=4):
        super().__init__()
        self.customer = nn.Embedding(CUSTOMERS, dim)
        self.offer = nn.Embedding(OFFERS, dim)
        self.c_bias = nn.Embedding(CUSTOMERS, 1)
        self.o_bias = nn.Embedding(OFFERS, 1)
        for p in self.parameters():
            nn.init.normal_(p, std=0.3)

    def forward(self, c, o):
        score = (self.customer(c) * self.offer(o)).sum(-1) + self.c_bias(c)[:, 0] + self.o_bias(o)[:, 0]
        return score.sigmoid()


def log_of_shop(n):
    c, o = torch.randint(0, CUSTOMERS, (n,)), torch.randint(0, OFFERS, (n,))
    chance = torch.sigmoid(-1.6 + (taste_c[c] * taste_o[o]).sum(1))
    return c, o, torch.bernoulli(chance)


taste_c, taste_o = torch.randn(CUSTOMERS, 2), torch.randn(OFFERS, 2)
c, o, clicked = log_of_shop(16000)
c_new, o_new, clicked_new = log_of_shop(4000)

model = Affinity()
params = {name: p.detach().clone() for name, p in model.named_parameters()}
speed = {name: torch.zeros_like(p) for name, p in params.items()}
objective = nn.BCELoss()


def batch_loss(params, c, o, clicked):
    return objective(functional_call(model, params, (c, o)), clicked)


step_of = grad_and_value(batch_loss)
rate, momentum, batch = 0.5, 0.9, 200
for epoch in range(16):
    order = torch.randperm(len(c))
    for k in range(0, len(c), batch):
        rows = order[k:k + batch]
        grads, value = step_of(params, c[rows], o[rows], clicked[rows])
        for name in params:
            speed[name] = momentum * speed[name] + grads[name]
            params[name] = params[name] - rate * speed[name]
    if epoch % 3 == 0:
        chance = functional_call(model, params, (c_new, o_new)).clamp(1e-6, 1 - 1e-6)
        logloss = nn.functional.binary_cross_entropy(chance, clicked_new).item()
        print(f"epoch {epoch}: new visits log loss {logloss:.4f}, clicks expected {chance.sum().item():.0f} happened {clicked_new.sum().item():.0f}")
