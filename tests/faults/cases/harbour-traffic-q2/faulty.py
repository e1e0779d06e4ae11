import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
np.random.seed(5)

# hyper parameters
seq_length = 24
input_size = 1
hidden_size = 32
num_layers = 2
num_epochs = 12
batch_size = 64
learning_rate = 0.3

# hourly counts: daily and weekly rhythm plus a slow wandering part
hours = np.arange(2400)
slow = np.convolve(np.random.normal(0, 1, 2400 + 47), np.ones(48) / 48 ** 0.5, mode="valid")
ships = (40 + 14 * np.sin(2 * np.pi * hours / 24) + 7 * np.sin(2 * np.pi * hours / 12 + 1)
         + 5 * np.sin(2 * np.pi * hours / 168) + 3 * slow + np.random.normal(0, 1.5, 2400))
split = 1900
mean, std = ships[:split].mean(), ships[:split].std()
scaled = ((ships - mean) / std).astype(np.float32)


def windows(part):
    xs = np.stack([part[i:i + seq_length] for i in range(len(part) - seq_length)])
    ys = part[seq_length:]
    return TensorDataset(torch.from_numpy(xs).unsqueeze(-1), torch.from_numpy(ys).unsqueeze(-1))


train_loader = DataLoader(windows(scaled[:split]), batch_size=batch_size, shuffle=True)
test_loader = DataLoader(windows(scaled[split:]), batch_size=256)


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super(LSTM, self).__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


lstm = LSTM(input_size, hidden_size, num_layers)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(lstm.parameters(), lr=learning_rate)

for epoch in range(num_epochs):
    lstm.train()
    for x, y in train_loader:
        outputs = lstm(x)
        optimizer.zero_grad()
        loss = criterion(outputs, y)
        loss.backward()
        optimizer.step()

    lstm.eval()
    squared, count = 0.0, 0
    with torch.no_grad():
        for x, y in test_loader:
            squared += ((lstm(x) - y) ** 2).sum().item()
            count += len(y)
    print("Epoch: %d, loss: %1.5f, test RMSE (ships): %.2f" % (epoch + 1, loss.item(), std * (squared / count) ** 0.5))
