import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Lift(nn.Module):
    """Reads the moves of a lift (-2 … +2 floors) and says how far it has come."""

    def __init__(self, width=32):
        super().__init__()
        self.width = width
        self.cell = nn.GRUCell(5, width)
        self.floor = nn.Linear(width, 1)
        self.h = None

    def forward(self, moves):
        h = torch.zeros(len(moves), self.width)
        for step in nn.functional.one_hot(moves + 2, 5).float().unbind(1):
            h = self.cell(step, h)
        self.h = h.detach()
        return self.floor(h).squeeze(1)


def journeys(n):
    moves = torch.randint(-2, 3, (n, 8))
    return moves, moves.sum(1) / 4.0


def train(model, loader, optimizer):
    model.train()
    for moves, height in loader:
        loss = nn.functional.smooth_l1_loss(model(moves), height)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def test(model, loader):
    model.eval()
    total = count = 0
    with torch.no_grad():
        for moves, height in loader:
            total += (model(moves) - height).abs().sum().item()
            count += len(height)
    return 4 * total / count


torch.manual_seed(13)
train_loader = DataLoader(TensorDataset(*journeys(4000)), batch_size=50, shuffle=True)
test_loader = DataLoader(TensorDataset(*journeys(1000)), batch_size=50)
lift = Lift()
optimizer = torch.optim.RMSprop(lift.parameters(), lr=2e-3)
for epoch in range(10):
    last = train(lift, train_loader, optimizer)
    print(f"epoch {epoch}: loss {last:.4f}, off by {test(lift, test_loader):.2f} floors on average")
