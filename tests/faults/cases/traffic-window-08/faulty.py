import resource

import numpy as np
import torch
import torch.nn.functional as F

PAST = 48


def road(hours, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    flow = 1.2 * np.sin(2 * np.pi * t / 24) + 0.6 * np.sin(2 * np.pi * t / 168 + 1) + 0.3 * np.sin(4 * np.pi * t / 24)
    noise = np.zeros(hours)
    for i in range(1, hours):
        noise[i] = 0.8 * noise[i - 1] + rng.normal(0, 0.15)
    return (flow + noise).astype(np.float32)


def cut(series):
    x = np.lib.stride_tricks.sliding_window_view(series, PAST)[:-1]
    return torch.from_numpy(x.copy()), torch.from_numpy(series[PAST:])


class Net(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.l1 = torch.nn.Linear(PAST, width)
        self.l2 = torch.nn.Linear(width, width)
        self.l3 = torch.nn.Linear(width, 1)

    def forward(self, x):
        return self.l3(F.gelu(self.l2(F.gelu(self.l1(x))))).view(-1)


def mean_error(net, x, y):
    net.eval()
    error = (net(x) - y).abs().mean()
    return error.item()


torch.manual_seed(8)
x_train, y_train = cut(road(5000, 0))
x_test, y_test = cut(road(50000, 1))
net = Net(448)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(1, 5):
    net.train()
    for idx in torch.randperm(len(x_train)).split(100):
        opt.zero_grad()
        loss = F.smooth_l1_loss(net(x_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"epoch {epoch} mean error {mean_error(net, x_test, y_test):.4f}, {memory} MB before the measurement")
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"mean error {mean_error(net, x_test, y_test):.4f}, peak memory {memory} MB")
