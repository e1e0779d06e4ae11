import numpy as np
import torch
import torch.nn as nn

# hyperparameters
block_size = 36      # hours of context
batch_size = 32
max_iters = 900
eval_interval = 150
learning_rate = 2e-3
n_hidden = 48
# ------------

torch.manual_seed(1337)
rng = np.random.default_rng(1337)

# litres per hour over two years: habits of the day, the weekend, the season, and a slowly drifting mood
hours = np.arange(24 * 365 * 2)
daily = np.exp(-0.5 * ((hours % 24 - 7.5) / 1.5) ** 2) + 0.8 * np.exp(-0.5 * ((hours % 24 - 20) / 2.0) ** 2)
weekend = np.where((hours // 24) % 7 >= 5, 1.35, 1.0)
season = 1 + 0.2 * np.cos(2 * np.pi * hours / (24 * 365))
mood = np.zeros(len(hours))
for t in range(1, len(hours)):
    mood[t] = 0.95 * mood[t - 1] + 0.10 * rng.normal()
litres = 20 * daily * weekend * season * np.exp(mood) + rng.gamma(2.0, 0.6, len(hours))

data = torch.tensor(litres, dtype=torch.float32)
n = int(0.8 * len(data))
data = (data - data[:n].mean()) / data[:n].std()
train_data, val_data = data[:n], data[n:]


def get_batch():
    torch.manual_seed(1337)
    ix = torch.randint(len(train_data) - block_size, (batch_size,))
    x = torch.stack([train_data[i : i + block_size] for i in ix])
    y = torch.stack([train_data[i + block_size] for i in ix])
    return x.unsqueeze(-1), y


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, n_hidden, batch_first=True)
        self.head = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1]).squeeze(-1)


@torch.no_grad()
def estimate_error():
    model.eval()
    windows = val_data.unfold(0, block_size + 1, 7)
    error = nn.functional.mse_loss(model(windows[:, :-1].unsqueeze(-1)), windows[:, -1])
    model.train()
    return error.item()


model = Forecaster()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
for step in range(1, max_iters + 1):
    xb, yb = get_batch()
    loss = nn.functional.mse_loss(model(xb), yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % eval_interval == 0:
        print(f"step {step}: train mse {loss.item():.4f}, val mse {estimate_error():.4f}")
