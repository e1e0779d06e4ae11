import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(21)
images = torch.tensor(load_digits().data / 8 - 1, dtype=torch.float32)
images = images[torch.randperm(len(images))]
train, val = images[:1500], images[1500:]


class CodeBook(nn.Module):
    def __init__(self, n_codes=64, dim=8):
        super().__init__()
        self.codes = nn.Embedding(n_codes, dim)
        nn.init.uniform_(self.codes.weight, -0.5, 0.5)

    def forward(self, z):
        nearest = torch.cdist(z, self.codes.weight).argmin(-1)
        q = self.codes(nearest)
        loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
        return z + (q - z).detach(), loss, nearest


class VQ(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 6 * 8))
        self.book = CodeBook()
        self.decoder = nn.Sequential(nn.Linear(6 * 8, 96), nn.ReLU(), nn.Linear(96, 64))

    def forward(self, x):
        q, loss, nearest = self.book(self.encoder(x).view(len(x), 6, 8))
        return self.decoder(q.flatten(1)), loss, nearest


model = VQ()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 31):
    model.train()
    for idx in torch.randperm(len(train)).split(50):
        out, book_loss, _ = model(train[idx])
        loss = F.mse_loss(out, train[idx]) + book_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 6 == 0:
        model.eval()
        with torch.no_grad():
            out, _, nearest = model(val)
        print(f"epoch {epoch}: val mse {F.mse_loss(out, val).item():.4f} (variance {val.var().item():.3f}), codes in use {nearest.unique().numel()}")
