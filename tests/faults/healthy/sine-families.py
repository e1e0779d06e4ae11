import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))
outer = torch.optim.Adam(net.parameters(), lr=2e-3)
INNER_LR, TASKS, SHOTS = 0.05, 8, 10


def new_task():
    amplitude, phase = 0.5 + 1.5 * torch.rand(1), 3.14 * torch.rand(1)

    def points(n):
        x = 6 * torch.rand(n, 1) - 3
        return x / 2, amplitude * torch.sin(x + phase)

    return points


def adapt(parameters, points, steps, create_graph):
    x, y = points(SHOTS)
    for _ in range(steps):
        loss = nn.functional.mse_loss(functional_call(net, parameters, (x,)), y)
        grads = torch.autograd.grad(loss, list(parameters.values()), create_graph=create_graph)
        parameters = {name: p - INNER_LR * g for (name, p), g in zip(parameters.items(), grads)}
    return parameters


def query_loss(parameters, points):
    x, y = points(30)
    return nn.functional.mse_loss(functional_call(net, parameters, (x,)), y)


for it in range(1, 601):
    outer.zero_grad()
    total = 0.0
    for _ in range(TASKS):
        points = new_task()
        fast = adapt(dict(net.named_parameters()), points, steps=1, create_graph=True)
        loss = query_loss(fast, points) / TASKS
        loss.backward()
        total += loss.item()
    outer.step()
    if it % 150 == 0:
        before, after = [], []
        for _ in range(50):
            points, start = new_task(), dict(net.named_parameters())
            before.append(query_loss(start, points).item())
            after.append(query_loss(adapt(start, points, steps=3, create_graph=False), points).item())
        print(f"iteration {it}: meta loss {total:.3f}; new tasks {sum(before) / 50:.3f} before, {sum(after) / 50:.3f} after adapting")
