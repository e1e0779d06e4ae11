import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def melodies(n, steps=16):
    pitch = torch.randn(n, 1) + torch.cumsum(0.5 * torch.randn(n, steps), dim=1)
    loudness = torch.rand(n, steps) - 0.5
    x = torch.stack([pitch / 1.6, loudness], dim=2)
    change = pitch[:, -1] - pitch[:, 0]
    y = torch.bucketize(change, torch.tensor([-1.0, 1.0]))       # lower, about the same, higher
    return x, y


class MelodyEncoder(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden_size, num_classes)

    def forward(self, x):
        batch_size = x.size(0)
        _, (hidden, _) = self.lstm(x)
        # hidden: (num_layers * 2, batch, hidden_size), the last layer is wanted
        return self.fc(torch.cat([hidden[-2], hidden[-1]], dim=1))


torch.manual_seed(4)
train_ds = TensorDataset(*melodies(2000))
test_ds = TensorDataset(*melodies(500))
train_dl = DataLoader(train_ds, batch_size=40, shuffle=True)
test_dl = DataLoader(test_ds, batch_size=40)

model = MelodyEncoder(input_size=2, hidden_size=24, num_layers=2, num_classes=3)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)

for epoch in range(10):
    model.train()
    train_loss = 0
    for x, y in train_dl:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.item() * len(x)
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in test_dl:
            correct += (model(x).argmax(dim=1) == y).sum().item()
    print(f"Epoch {epoch + 1:2d}, train loss {train_loss / len(train_ds):.4f}, test acc {correct / len(test_ds):.4f}")
