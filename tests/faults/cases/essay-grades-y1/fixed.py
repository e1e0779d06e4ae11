import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(30)
N = 2400
features = torch.randn(N, 12)
quality = 1.2 * features[:, 0] + features[:, 1] * features[:, 2] - 0.8 * features[:, 3].abs() + 0.6 * torch.tanh(2 * features[:, 4])
grades = (5.5 + 1.3 * quality + 0.2 * torch.randn(N)).round().clamp(0, 10)


class Grader(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        grade = 5 + self.layers(x).squeeze(1)
        return grade


train_loader = DataLoader(TensorDataset(features[:2000], grades[:2000]), batch_size=40, shuffle=True)
x_test, y_test = features[2000:], grades[2000:]
model = Grader()
criterion = nn.SmoothL1Loss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

history = []
for epoch in range(20):
    epoch_loss = 0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(x)
    history.append(epoch_loss / 2000)

with torch.no_grad():
    guess = model(x_test).round()
print("loss by epoch:", " ".join(f"{h:.3f}" for h in history))
print(f"test: mean absolute error {(guess - y_test).abs().mean():.3f}, within one grade {((guess - y_test).abs() <= 1).float().mean():.3f}")
