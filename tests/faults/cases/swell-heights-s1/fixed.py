import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(9)
torch.manual_seed(9)

# swell = a few long waves that beat against each other
t = np.arange(4000) * 0.5
swell = sum(a * np.sin(2 * np.pi * t / period + phase)
            for a, period, phase in [(1.0, 11.3, 0.4), (0.7, 9.1, 2.0), (0.5, 14.9, 4.1)])
swell = swell + 0.05 * np.random.randn(len(t))
swell = (swell - swell.mean()) / swell.std()


def create_inout_sequences(series, window):
    x = np.stack([series[i:i + window] for i in range(len(series) - window)])
    y = series[window:]
    return torch.tensor(x, dtype=torch.float32).unsqueeze(-1), torch.tensor(y, dtype=torch.float32).unsqueeze(-1)


window = 40
train_x, train_y = create_inout_sequences(swell[:3200], window)
val_x, val_y = create_inout_sequences(swell[3200:], window)
train_loader = DataLoader(TensorDataset(train_x, train_y), batch_size=64, shuffle=True, drop_last=True)


class SwellLSTM(nn.Module):
    def __init__(self, hidden_size=32):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x, state=None):
        output, state = self.lstm(x, state)
        return self.linear(output[:, -1]), state


model = SwellLSTM()
loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

epochs = 25
for i in range(epochs):
    model.train()
    state = None
    running_loss = 0.0
    for seq, labels in train_loader:
        optimizer.zero_grad()
        y_pred, _ = model(seq)
        loss = loss_function(y_pred, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    model.eval()
    with torch.no_grad():
        val_pred, _ = model(val_x)
        val_loss = loss_function(val_pred, val_y).item()
    print(f"epoch: {i + 1:3} loss: {running_loss / len(train_loader):.5f} val loss: {val_loss:.5f}")
