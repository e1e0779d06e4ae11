import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

NO, YES = 1, 2


def audiograms(n, seed):
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 90, n)
    noise_years = rng.gamma(1.5, 6, n)
    loss = 0.35 * (age - 20) + 0.5 * noise_years + rng.normal(0, 6, n)
    bands = loss[:, None] * np.linspace(0.4, 1.6, 6) + rng.normal(0, 4, (n, 6))
    answer = np.where(bands[:, 2:5].mean(1) + rng.normal(0, 3, n) > 22, YES, NO)
    table = np.column_stack([age, noise_years, bands])
    return table, answer


class AidNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 24)
        self.fc2 = nn.Linear(24, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return self.sigmoid(self.fc2(torch.relu(self.fc1(x)))).flatten()


table, answer = audiograms(2000, 0)
table_val, answer_val = audiograms(500, 1)
mean, std = table.mean(0), table.std(0)
x = torch.tensor((table - mean) / std, dtype=torch.float32)
x_val = torch.tensor((table_val - mean) / std, dtype=torch.float32)
y = torch.tensor(answer, dtype=torch.float32)

torch.manual_seed(3)
net = AidNet()
criterion = nn.BCELoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(1, 16):
    net.train()
    epoch_loss = 0.0
    for rows in torch.randperm(len(x)).split(40):
        optimizer.zero_grad()
        loss = criterion(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / 50
    net.eval()
    with torch.no_grad():
        advice = np.where(net(x_val).numpy() > 0.5, YES, NO)
    print(f"epoch {epoch} loss {epoch_loss:.3f} agreement {(advice == answer_val).mean():.3f}")
