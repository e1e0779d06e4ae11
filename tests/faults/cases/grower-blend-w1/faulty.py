import torch
from torch import nn, optim


def bottles(per_grower: int, growers: int, seed: int):
    g = torch.Generator().manual_seed(seed)
    typical = torch.randn(growers, 13, generator=torch.Generator().manual_seed(99))
    chem, who = [], []
    for k in range(growers):
        chem.append(typical[k] + 0.9 * torch.randn(per_grower, 13, generator=g))
        who.append(torch.full((per_grower,), k))
    return torch.cat(chem), torch.cat(who)


class Cellar:
    def __init__(self, x, y, batch_size=32):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __iter__(self):
        starts = torch.arange(0, len(self.x), self.batch_size)
        for s in starts[torch.randperm(len(starts))].tolist():
            rows = slice(s, s + self.batch_size)
            yield self.x[rows], self.y[rows]


def taste(model, x, y):
    model.eval()
    with torch.inference_mode():
        z = model(x)
        return nn.functional.cross_entropy(z, y).item(), z.argmax(1).eq(y).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(1)
    growers = 6
    train_x, train_y = bottles(320, growers, seed=1)
    test_x, test_y = bottles(100, growers, seed=2)
    model = nn.Sequential(
        nn.Linear(13, 40, bias=False), nn.BatchNorm1d(40), nn.ReLU(),
        nn.Linear(40, 40, bias=False), nn.BatchNorm1d(40), nn.ReLU(),
        nn.Linear(40, growers),
    )
    opt = optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    cellar = Cellar(train_x, train_y)
    for epoch in range(8):
        model.train()
        for x, y in cellar:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        ce, acc = taste(model, test_x, test_y)
        print(f"epoch {epoch + 1} test loss {ce:.3f} accuracy {acc:.3f}")
