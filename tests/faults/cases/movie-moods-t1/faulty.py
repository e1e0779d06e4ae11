import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.metrics import f1_score

MOODS = ["tense", "funny", "sad", "romantic", "dark", "epic"]


def sound_tracks(n, generator):
    x = torch.randn(n, 40, generator=generator)
    mix = torch.Generator().manual_seed(1000)
    w1 = torch.randn(40, 12, generator=mix) / 40 ** 0.5
    w2 = torch.randn(12, len(MOODS), generator=mix)
    score = torch.tanh(2 * x @ w1) @ w2 + 0.3 * torch.randn(n, len(MOODS), generator=generator)
    return x, (score > 0.5).float()


class F1Loss(nn.Module):
    """1 - macro F1, so that we optimise what we report."""

    def __init__(self, eps=1e-7):
        super().__init__()
        self.eps = eps

    def forward(self, logits, y_true):
        y_pred = torch.round(torch.sigmoid(logits))
        tp = (y_true * y_pred).sum(dim=0)
        fp = ((1 - y_true) * y_pred).sum(dim=0)
        fn = (y_true * (1 - y_pred)).sum(dim=0)
        precision = tp / (tp + fp + self.eps)
        recall = tp / (tp + fn + self.eps)
        f1 = 2 * precision * recall / (precision + recall + self.eps)
        return 1 - f1.mean()


torch.manual_seed(16)
gen = torch.Generator().manual_seed(16)
train_x, train_y = sound_tracks(6000, gen)
val_x, val_y = sound_tracks(1000, gen)
loader = DataLoader(TensorDataset(train_x, train_y), batch_size=128, shuffle=True)

model = nn.Sequential(
    nn.Linear(40, 64),
    nn.ReLU(),
    nn.Dropout(0.1),
    nn.Linear(64, len(MOODS)),
)
criterion = F1Loss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 16):
    model.train()
    epoch_loss = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    with torch.no_grad():
        guess = torch.sigmoid(model(val_x)) > 0.5
    macro = f1_score(val_y.numpy(), guess.numpy(), average="macro")
    print(f"Epoch {epoch:02d} - loss: {epoch_loss / len(loader):.4f} - val_f1: {macro:.4f}")
