import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def games(n, seed, moves=24):
    g = torch.Generator().manual_seed(seed)
    white = torch.rand(n, generator=g)
    black = torch.rand(n, generator=g)
    drift = torch.linspace(0, 1, moves)
    times_w = 0.3 + 0.9 * (1 - white)[:, None] * drift + 0.35 * torch.randn(n, moves, generator=g)
    times_b = 0.3 + 0.9 * (1 - black)[:, None] * drift + 0.35 * torch.randn(n, moves, generator=g)
    x = torch.stack([times_w, times_b], dim=-1)
    return TensorDataset((x - 0.52) / 0.44, (white > black).float())


class WinnerLSTM(nn.Module):
    def __init__(self, hidden=48, dropout=0.5):
        super().__init__()
        self.noise = nn.Dropout(dropout)
        self.lstm = nn.LSTM(2, hidden, num_layers=2, dropout=dropout, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(self.noise(x))
        return self.out(h[-1]).squeeze(1)


class Trainer:
    def __init__(self, model, train_set, val_set, lr=3e-3):
        self.model = model
        self.train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
        self.val_loader = DataLoader(val_set, batch_size=250)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.BCEWithLogitsLoss()

    def run_epoch(self):
        self.model.train()
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()

    def evaluate(self):
        self.model.train()
        loss, right = 0.0, 0
        with torch.no_grad():
            for x, y in self.val_loader:
                out = self.model(x)
                loss += self.criterion(out, y).item() * len(y)
                right += ((out > 0) == (y > 0.5)).sum().item()
        n = len(self.val_loader.dataset)
        return loss / n, right / n

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            self.run_epoch()
            loss, accuracy = self.evaluate()
            print(f"epoch {epoch} val loss {loss:.3f} val accuracy {accuracy:.3f}")


torch.manual_seed(7)
Trainer(WinnerLSTM(), games(1500, 0), games(1000, 1)).fit(8)
