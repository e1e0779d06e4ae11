import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

KEYS = 10
STEPS = 12


def key_sequences(n):
    """Digits typed one by one; at each step tell whether the last three digits sum to more than 13."""
    digits = torch.randint(0, KEYS, (n, STEPS))
    padded = torch.cat([torch.zeros(n, 2, dtype=torch.long), digits], dim=1)
    sums = padded[:, 2:] + padded[:, 1:-1] + padded[:, :-2]
    return digits, (sums > 13).long()


class Typist(nn.Module):
    def __init__(self, hidden_size=48):
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(KEYS, 16)
        self.lstm = nn.LSTM(16, hidden_size, batch_first=True)
        self.decoder = nn.Linear(hidden_size, 2)

    def init_hidden(self, batch_size):
        return (torch.zeros(1, batch_size, self.hidden_size), torch.zeros(1, batch_size, self.hidden_size))

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)
        return self.decoder(out), hidden


BATCH = 40
train_loader = DataLoader(TensorDataset(*key_sequences(2000)), batch_size=BATCH, shuffle=True, drop_last=True)
x_test, y_test = key_sequences(500)

model = Typist()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(1, 11):
    model.train()
    epoch_loss = 0
    for x, y in train_loader:
        optimizer.zero_grad()
        hidden = model.init_hidden(BATCH)
        output, hidden = model(x, hidden)
        loss = criterion(output.reshape(-1, 2), y.reshape(-1))
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    with torch.no_grad():
        output, _ = model(x_test, model.init_hidden(len(x_test)))
        accuracy = (output.argmax(-1) == y_test).float().mean().item()
    print(f"epoch {epoch}: loss {epoch_loss / len(train_loader):.4f}, test accuracy {accuracy:.4f}")
