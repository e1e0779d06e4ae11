import torch
import torch.nn as nn
import torch.nn.functional as F

N_BOXES = 24
D_REQUEST, D_BOX = 6, 9


class Warehouse:
    """Requests and shelves of boxes. Which box fits best follows a rule that is not known to the network."""

    def __init__(self, seed):
        self.g = torch.Generator().manual_seed(seed)
        self.rule = torch.randn(D_REQUEST, D_BOX, generator=self.g)

    def draw(self, n):
        request = torch.randn(n, D_REQUEST, generator=self.g)
        boxes = torch.randn(n, N_BOXES, D_BOX, generator=self.g)
        fit = torch.einsum("nr,rb,nkb->nk", request, self.rule, boxes)
        return request, boxes, fit.argmax(1)


class Pointer(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.query = nn.Sequential(nn.Linear(D_REQUEST, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.key = nn.Sequential(nn.Linear(D_BOX, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.scale = dim ** -0.5

    def forward(self, request, boxes):
        q = self.query(request).unsqueeze(1)
        k = self.key(boxes)
        scores = (q * k).sum(-1) * self.scale
        return F.softmax(scores, dim=1)


def top(pointer, target, k):
    return (pointer.topk(k, dim=1).indices == target.unsqueeze(1)).any(1).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(40)
    house = Warehouse(seed=40)
    val = house.draw(1000)
    net = Pointer()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    seen = 0.0
    for it in range(1, 1001):
        net.train()
        request, boxes, target = house.draw(64)
        pointer = net(request, boxes)
        loss = F.cross_entropy(pointer, target)
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += loss.item()
        if it % 200 == 0:
            net.eval()
            with torch.no_grad():
                pointer = net(*val[:2])
            print(f"it {it}: loss {seen / 200:.3f}, val top-1 {top(pointer, val[2], 1):.3f}, val top-3 {top(pointer, val[2], 3):.3f}")
            seen = 0.0
