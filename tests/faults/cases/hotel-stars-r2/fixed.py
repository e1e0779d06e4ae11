import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(14)

# twelve answers between 0 and 10; the overall score is a whole number from 1 to 5
answers = torch.randint(0, 11, (3000, 12)).float()
scaled = (answers - 5) / 3.16
feeling = 3 + 0.7 * scaled[:, :4].mean(1) * 2 + 0.5 * torch.relu(scaled[:, 4]) * scaled[:, 5] + 0.3 * scaled[:, 6]
score = (feeling + 0.2 * torch.randn(3000)).round().clamp(1, 5)

train_set, val_set = random_split(TensorDataset(scaled, score), [2400, 600])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=200)


class ScoreModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(12, 32), nn.ReLU(),
            nn.Linear(32, 32), nn.ReLU(),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return 3 + self.net(x).squeeze(1)


model = ScoreModel()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-3)

for epoch in range(1, 16):
    model.train()
    train_loss = 0.0
    for x, target in train_loader:
        stars = model(x)
        loss = criterion(stars, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item()

    model.eval()
    val_loss, hits = 0.0, 0
    with torch.no_grad():
        for x, target in val_loader:
            output = model(x)
            val_loss += criterion(output, target).item()
            hits += (output.round().clamp(1, 5) == target).sum().item()
    print(f"epoch {epoch}: train loss {train_loss / len(train_loader):.3f}, val loss {val_loss / len(val_loader):.3f}, "
          f"exact {hits / len(val_set):.3f}")
