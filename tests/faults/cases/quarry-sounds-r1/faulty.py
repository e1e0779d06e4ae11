import torch
import torch.nn as nn
import torch.nn.functional as F

MACHINES = 6


class Spectrograms(torch.utils.data.Dataset):
    """16 bands by 20 frames; every machine hums at two bands and beats at its own pace."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.randint(0, MACHINES, (n,), generator=g)
        t = torch.arange(20.0)
        x = 0.5 * torch.randn(n, 1, 16, 20, generator=g)
        for i, k in enumerate(self.y.tolist()):
            beat = torch.cos(t * (0.4 + 0.7 * (k % 3)) + 6.28 * torch.rand(1, generator=g)) + 1
            base = 2 if k < 3 else 8
            shift = int(torch.randint(0, 3, (1,), generator=g))
            x[i, 0, base + shift] += beat
            x[i, 0, base + shift + 3] += beat
        self.x = (x - x.mean()) / x.std()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class SoundNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc1 = nn.Linear(24 * 4 * 5, 48)
        self.fc2 = nn.Linear(48, MACHINES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


torch.manual_seed(44)
train_loader = torch.utils.data.DataLoader(Spectrograms(1500, 1), batch_size=50, shuffle=True)
val_loader = torch.utils.data.DataLoader(Spectrograms(400, 2), batch_size=100)
model = SoundNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)

for epoch in range(1, 11):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(y)

    model.eval()
    val_loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in val_loader:
            out = model(x)
            val_loss += criterion(out, y).item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
    print(f"Epoch {epoch:02d} - loss: {running / 1500:.4f} - val_loss: {val_loss / 400:.4f} - val_acc: {hits / 400:.4f}")
