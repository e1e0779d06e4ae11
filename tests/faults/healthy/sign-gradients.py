import torch
from torch import nn
from torch.autograd import Function

torch.manual_seed(12)


class BinarySign(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * (x.abs() <= 1).to(grad_output.dtype)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(x, BinarySign.apply(self.weight), self.bias)


def majority(n, bits=15):
    x = torch.randint(0, 2, (n, bits)).float() * 2 - 1
    return x, (x[:, :9].sum(1) > 0).float()


class BinaryNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.bn1 = BinaryLinear(15, 48, bias=False), nn.BatchNorm1d(48)
        self.fc2 = nn.Linear(48, 1)

    def forward(self, x):
        return self.fc2(BinarySign.apply(self.bn1(self.fc1(x)))).squeeze(1)


net = BinaryNet()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
x_val, y_val = majority(1000)
for step in range(1, 801):
    net.train()
    x, y = majority(64)
    loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        net.fc1.weight.clamp_(-1, 1)
    if step % 200 == 0:
        net.eval()
        with torch.no_grad():
            acc = ((net(x_val) > 0) == (y_val > 0.5)).float().mean().item()
        print(f"step {step} loss {loss.item():.4f} accuracy {acc:.3f}")
