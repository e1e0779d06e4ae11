import math

import torch
import torch.nn as nn

torch.manual_seed(16)

hours = torch.arange(3000, dtype=torch.float32)
level = torch.sin(2 * math.pi * hours / 12.42) + 0.5 * torch.sin(2 * math.pi * hours / 25.8) + 0.08 * torch.randn(3000)
level = (level - level[:2400].mean()) / level[:2400].std()
WINDOW = 24
rows = level.unfold(0, WINDOW + 1, 1)
past, future = rows[:, :WINDOW], rows[:, WINDOW]
past_train, future_train = past[:2300], future[:2300]
past_val, future_val = past[2400:], future[2400:]


class Gauge(nn.Module):
    def __init__(self):
        super(Gauge, self).__init__()
        self.lin1 = nn.Linear(WINDOW, 40)
        self.lin2 = nn.Linear(40, 20)
        self.lin3 = nn.Linear(20, 1)

    def forward(self, x):
        x = nn.functional.relu(self.lin1(x))
        x = nn.functional.relu(self.lin2(x))
        x = nn.functional.relu(self.lin3(x))
        return x[:, 0]


def train(model, epochs=15, batch=50):
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.5)
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(past_train)).split(batch):
            optimizer.zero_grad()
            loss = criterion(model(past_train[idx]), future_train[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            val = criterion(model(past_val), future_val).item()
        if epoch % 3 == 0:
            print(f"epoch {epoch}: train {total / len(past_train):.4f} val {val:.4f}")


train(Gauge())
