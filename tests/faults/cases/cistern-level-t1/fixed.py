# Can a ReLU recurrence (identity start, Le et al. 2015) learn the bookkeeping of a cistern?
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
MINUTES, HIDDEN = 50, 32


def cistern_days(n):
    inflow = torch.randn(n, MINUTES)
    outflow = torch.randn(n, MINUTES)
    level = torch.zeros(n)
    for t in range(MINUTES):
        level = torch.relu(level + inflow[:, t] - outflow[:, t])  # it cannot be emptier than empty
    return torch.stack([inflow, outflow], dim=2), level


class CisternRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="relu", batch_first=True)
        nn.init.eye_(self.rnn.weight_hh_l0)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(states[:, -1]).squeeze(1)


x_train, y_train = cistern_days(2000)
x_test, y_test = cistern_days(500)
mean, std = y_train.mean(), y_train.std()
y_train, y_test = (y_train - mean) / std, (y_test - mean) / std
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=50, shuffle=True)

model = CisternRNN()
optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
criterion = nn.MSELoss()

for epoch in range(1, 21):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        total += loss.item() / len(loader)
    if epoch % 2 == 0:
        model.eval()
        with torch.no_grad():
            test = criterion(model(x_test), y_test).item()
        print(f"epoch {epoch:2d}: train mse {total:.4f}, test mse {test:.4f} (constant guess {y_test.var().item():.4f})")
