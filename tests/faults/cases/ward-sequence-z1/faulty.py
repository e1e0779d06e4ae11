import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class Stays(Dataset):
    """Vital signs of hospital stays, 15 time steps with 3 signs each; class: which sign rose, or none."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.label = torch.randint(0, 4, (n,), generator=g)
        self.signs = torch.randn(n, 15, 3, generator=g) * 0.7
        ramp = torch.linspace(-1, 1, 15)
        for i, k in enumerate(self.label.tolist()):
            if k < 3:
                self.signs[i, :, k] += 1.1 * ramp

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return self.signs[i], self.label[i]


class BiGRU(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.hidden = hidden
        self.gru = nn.GRU(n_in, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, n_out)

    def forward(self, x):
        _, h_n = self.gru(x)
        h = h_n.view(x.size(0), 2 * self.hidden)
        return self.fc(h)


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        pairs = [(model(x).argmax(-1), y) for x, y in loader]
    return (torch.cat([p for p, _ in pairs]) == torch.cat([y for _, y in pairs])).float().mean().item()


torch.manual_seed(3)
train_loader = DataLoader(Stays(1500, 1), batch_size=25, shuffle=True)
val_loader = DataLoader(Stays(500, 2), batch_size=25)
model = BiGRU(3, 16, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    model.train()
    for x, y in train_loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: last loss {loss.item():.3f} train acc {accuracy(model, train_loader):.3f} val acc {accuracy(model, val_loader):.3f}")
