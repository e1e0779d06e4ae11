import math

import torch
import torch.nn as nn

torch.manual_seed(2)

N_STEPS = 80


def wander(n, n_steps=N_STEPS):
    """Steps (east, north) of n walks, and where each one ends."""
    stride = 0.5 + torch.rand(n, n_steps)
    start = 2 * math.pi * torch.rand(n, 1)
    heading = start + torch.cumsum(0.35 * torch.randn(n, n_steps), dim=1)
    steps = torch.stack([stride * torch.cos(heading), stride * torch.sin(heading)], dim=2)
    return steps / 0.75, steps.sum(dim=1) / 20


class PathRNN(nn.Module):
    def __init__(self, hidden_size=64):
        super().__init__()
        self.rnn = nn.RNN(2, hidden_size, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(hidden_size, 2)
        nn.init.eye_(self.rnn.weight_hh_l0)  # Le et al. 2015

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(states[:, -1])


x_train, y_train = wander(2000)
x_val, y_val = wander(400)

num_epochs = 14
model = PathRNN()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.002, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=num_epochs)

for epoch in range(1, num_epochs + 1):
    model.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(x_train)).split(50):
        optimizer.zero_grad()
        loss = criterion(model(x_train[idx]), y_train[idx])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(x_val), y_val).item()
    print(f"epoch {epoch:2d} | train mse {epoch_loss / len(x_train):.4f} | val mse {val_loss:.4f}")
