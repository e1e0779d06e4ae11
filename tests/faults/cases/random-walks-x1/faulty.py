import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Walks(Dataset):
    """A walker's steps and where he stands after each of them."""

    def __init__(self, n, steps, seed):
        gen = torch.Generator().manual_seed(seed)
        self.moves = torch.randn(n, steps, 2, generator=gen) * 0.3
        self.places = self.moves.cumsum(dim=1).clamp(-2, 2)

    def __len__(self):
        return len(self.moves)

    def __getitem__(self, i):
        return self.moves[i], self.places[i]


class DeadReckoning(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(2, hidden, batch_first=True)
        self.where = nn.Linear(hidden, 2)

    def forward(self, moves, state=None):
        out, state = self.rnn(moves, state)
        return self.where(out), state


def fit(net, loader, epochs, lr):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    criterion = nn.MSELoss()
    history = []
    for epoch in range(epochs):
        net.train()
        state = None
        epoch_loss = 0.0
        for moves, places in loader:
            optimizer.zero_grad()
            guess, state = net(moves, state)
            state = state.detach()
            loss = criterion(guess, places)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            epoch_loss += loss.item()
        history.append(epoch_loss / len(loader))
    return history


torch.manual_seed(14)
train_loader = DataLoader(Walks(2000, 20, seed=1), batch_size=50, shuffle=True, drop_last=True)
test = Walks(500, 20, seed=2)
net = DeadReckoning()
history = fit(net, train_loader, epochs=15, lr=5e-3)
for i in range(2, len(history), 3):
    print(f"epoch {i + 1} mse {history[i]:.4f}")
net.eval()
with torch.no_grad():
    guess, _ = net(test.moves)
error = (guess - test.places).norm(dim=-1).mean()
print(f"test: mean error {error:.3f} at a mean distance of {test.places.norm(dim=-1).mean():.3f}")
