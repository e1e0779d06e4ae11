import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

STEPS = 60


def walks(n):
    """Per step the length and the way (left or right) with some noise; the target is where the walk ends."""
    length = torch.rand(n, STEPS)
    way = torch.randint(0, 2, (n, STEPS)) * 2.0 - 1
    end = (length * way).sum(dim=1, keepdim=True) / (STEPS / 3) ** 0.5
    readings = torch.stack([(length - 0.5) / 0.29, way, length * way / 0.58], dim=2)
    return readings + 0.05 * torch.randn_like(readings), end


class WalkRNN(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.rnn = nn.RNN(3, hidden, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(hidden, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.03)
        nn.init.zeros_(self.rnn.bias_ih_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.out(states[:, -1])


torch.manual_seed(4)
train_loader = DataLoader(TensorDataset(*walks(2000)), batch_size=50, shuffle=True)
x_val, y_val = walks(500)

model = WalkRNN(32)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)

for epoch in range(20):
    model.train()
    total = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        val = loss_fn(model(x_val), y_val).item()
    print(f"epoch {epoch + 1}: train mse {total / len(train_loader):.4f}, val mse {val:.4f}")
print(f"R2 on validation: {1 - val / y_val.var().item():.3f}")
