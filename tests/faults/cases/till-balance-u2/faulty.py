import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(17)


class BalanceRNN(nn.Module):
    def __init__(self, n_kinds=3, hidden_size=32):
        super().__init__()
        self.kind = nn.Embedding(n_kinds, 4)
        self.gru = nn.GRU(5, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, 1)
        self.hidden_size = hidden_size
        self.hidden = None

    def init_hidden(self, batch_size):
        self.hidden = torch.zeros(1, batch_size, self.hidden_size)

    def forward(self, amount, kind):
        x = torch.cat([amount.unsqueeze(-1), self.kind(kind)], dim=-1)
        out, self.hidden = self.gru(x, self.hidden)
        self.hidden = self.hidden.detach()
        return self.fc(out[:, -1]).squeeze(1)


def tills(n, length=15):
    amount = torch.rand(n, length)
    kind = torch.randint(3, (n, length))        # 0 sale, 1 refund, 2 cancelled
    sign = torch.tensor([1.0, -1.0, 0.0])[kind]
    return TensorDataset(amount, kind, (sign * amount).sum(1))


BATCH = 50
train_loader = DataLoader(tills(2500), batch_size=BATCH, shuffle=True, drop_last=True)
val_loader = DataLoader(tills(500), batch_size=BATCH, drop_last=True)

rnn = BalanceRNN()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(rnn.parameters(), lr=5e-3)

for epoch in range(8):
    rnn.train()
    rnn.init_hidden(BATCH)
    train_loss = 0
    for amount, kind, balance in train_loader:
        rnn.zero_grad()
        loss = criterion(rnn(amount, kind), balance)
        loss.backward()
        nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.item()
    rnn.eval()
    val_loss = 0
    with torch.no_grad():
        for amount, kind, balance in val_loader:
            rnn.init_hidden(BATCH)
            val_loss += criterion(rnn(amount, kind), balance).item()
    print("Epoch: %d, train %.4f, val %.4f" % (epoch + 1, train_loss / len(train_loader), val_loss / len(val_loader)))
