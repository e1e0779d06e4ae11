import numpy as np
import torch
from sklearn.metrics import accuracy_score, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SAMPLES = 96


def tap_sounds(n, seed):
    """A full nut answers with a lower and sooner damped tone than an empty one."""
    rng = np.random.default_rng(seed)
    full = rng.integers(0, 2, n)
    pitch = np.where(full, 0.55, 0.75)[:, None] + rng.normal(0, 0.05, (n, 1))
    damping = np.where(full, 0.09, 0.05)[:, None] * np.exp(rng.normal(0, 0.15, (n, 1)))
    begin = rng.integers(4, 24, (n, 1))
    t = np.arange(SAMPLES)[None, :] - begin
    tone = np.where(t >= 0, np.exp(-damping * t.clip(0)) * np.sin(pitch * t), 0)
    sound = tone * rng.uniform(0.8, 1.2, (n, 1)) + rng.normal(0, 0.12, (n, SAMPLES))
    sound = sound / 0.28
    return torch.tensor(sound, dtype=torch.float32).unsqueeze(1), torch.tensor(full, dtype=torch.float32)


class TapNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 12, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(12, 24, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(24, 24, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        )
        self.output = nn.Linear(24, 1)

    def forward(self, x):
        return self.output(self.features(x)).squeeze(1)


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for x, y_true in loader:
        optimizer.zero_grad()
        y_pred = model(x)
        loss = criterion(y_true, y_pred)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def evaluate(model, x, y_true):
    model.eval()
    with torch.no_grad():
        prob = torch.sigmoid(model(x)).numpy()
    return accuracy_score(y_true.numpy(), prob > 0.5), roc_auc_score(y_true.numpy(), prob)


if __name__ == "__main__":
    torch.manual_seed(23)
    x_train, y_train = tap_sounds(1600, 0)
    x_val, y_val = tap_sounds(400, 1)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)
    model = TapNet()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 11):
        loss = train_one_epoch(model, loader, criterion, optimizer)
        acc, auc = evaluate(model, x_val, y_val)
        print(f"epoch {epoch:2d}: loss {loss:.4f}  val accuracy {acc:.4f}  val AUC {auc:.4f}")
