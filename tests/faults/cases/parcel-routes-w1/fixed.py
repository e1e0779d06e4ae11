import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(40)
DEPOTS, LOOK_BACK = 60, 3

# every depot has four usual next stops, which one depends on the stop before
usual = torch.stack([torch.randperm(DEPOTS)[:4] for _ in range(DEPOTS)])


def drive(steps):
    trip = [0, 1, 2]
    for _ in range(steps):
        if torch.rand(()) < 0.1:
            trip.append(int(torch.randint(DEPOTS, ())))
        else:
            trip.append(int(usual[trip[-1], trip[-2] % 4]))
    windows = torch.tensor(trip).unfold(0, LOOK_BACK + 1, 1)
    return TensorDataset(windows[:, :-1], windows[:, -1])


class NextDepot(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.place = nn.Embedding(DEPOTS, 24)
        self.mix = nn.Linear(24 * LOOK_BACK, width)
        self.out = nn.Linear(width, DEPOTS)

    def forward(self, past):
        h = self.place(past).flatten(1)
        return self.out(torch.relu(self.mix(h)))


train_loader = DataLoader(drive(9000), batch_size=64, shuffle=True)
val_loader = DataLoader(drive(1500), batch_size=500)
net = NextDepot()
optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)

for epoch in range(1, 13):
    net.train()
    loss_sum = 0.0
    for past, nxt in train_loader:
        loss = F.cross_entropy(net(past), nxt)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
    net.eval()
    hits = seen = 0
    with torch.no_grad():
        for past, nxt in val_loader:
            hits += (net(past).argmax(1) == nxt).sum().item()
            seen += len(nxt)
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d} loss {loss_sum / len(train_loader):.4f} next stop right {hits / seen:.3f} (at most about 0.9)")
