import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

BATCH, STEPS, HIDDEN = 40, 30, 48


def recordings(n, gen):
    count = torch.randint(0, 4, (n,), generator=gen)
    x = 0.25 * torch.randn(n, STEPS, 1, generator=gen)
    for i in range(n):
        at = torch.randperm(STEPS // 2 - 1, generator=gen)[:int(count[i])] * 2 + 2
        x[i, 0, 0] += 3.0
        x[i, at, 0] += 1.5
    return TensorDataset(x, count)


class EchoCounter(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, 4)

    def init_hidden(self, batch_size):
        return torch.zeros(1, batch_size, HIDDEN), torch.zeros(1, batch_size, HIDDEN)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return self.fc(out[:, -1]), hidden


torch.manual_seed(52)
gen = torch.Generator().manual_seed(52)
train_loader = DataLoader(recordings(1600, gen), batch_size=BATCH, shuffle=True)
val_loader = DataLoader(recordings(400, gen), batch_size=BATCH)
model = EchoCounter()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(15):
    model.train()
    total_loss = 0
    hidden = model.init_hidden(BATCH)
    for x, y in train_loader:
        optimizer.zero_grad()
        output, hidden = model(x, hidden)
        loss = criterion(output, y)
        loss.backward()
        optimizer.step()
        total_loss += loss.item()

    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in val_loader:
            output, _ = model(x, model.init_hidden(len(x)))
            correct += (output.argmax(1) == y).sum().item()
    print(f"epoch {epoch + 1}, loss {total_loss / len(train_loader):.4f}, val accuracy {correct / len(val_loader.dataset):.4f}")
