import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

MAX_MARKS = 5


def plates(n, gen, size=16):
    count = torch.randint(1, MAX_MARKS + 1, (n,), generator=gen)
    img = 0.15 * torch.randn(n, size, size, generator=gen)
    for i in range(n):
        cells = torch.randperm(16, generator=gen)[: int(count[i])]
        for c in cells.tolist():
            r0, c0 = 4 * (c // 4), 4 * (c % 4)
            kind = int(torch.randint(0, 2, (1,), generator=gen))
            if kind:
                img[i, r0 + 1, c0:c0 + 3] += 1
                img[i, r0:r0 + 3, c0 + 1] += 1
            else:
                img[i, r0:r0 + 2, c0:c0 + 2] += 1.2
    return img.unsqueeze(1), count - 1


class Encoder(nn.Module):
    def __init__(self, n_out=12):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )

    def forward(self, x):
        return self.net(x)


class Reader:
    def __init__(self):
        self.encoder = Encoder()
        self.head = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, MAX_MARKS))
        self.opt = torch.optim.Adam([*self.encoder.parameters(), *self.head.parameters()], lr=4e-3)
        self.criterion = nn.CrossEntropyLoss()

    def encode(self, x):
        return self.encoder(x)

    def update(self, x, y):
        self.encoder.train()
        self.head.train()
        loss = self.criterion(self.head(self.encode(x)), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()

    @torch.no_grad()
    def accuracy(self, x, y):
        self.encoder.eval()
        self.head.eval()
        return (self.head(self.encode(x)).argmax(1) == y).float().mean().item()


torch.manual_seed(5)
gen = torch.Generator().manual_seed(5)
train_loader = DataLoader(TensorDataset(*plates(2500, gen)), batch_size=50, shuffle=True)
x_val, y_val = plates(500, gen)
reader = Reader()
for epoch in range(1, 16):
    losses = [reader.update(x, y) for x, y in train_loader]
    if epoch % 3 == 0:
        print(f"epoch {epoch}: loss {sum(losses) / len(losses):.3f}, val accuracy {reader.accuracy(x_val, y_val):.3f}")
