import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(13)
BANDS = 16


def spectra(n):
    label = torch.randint(0, 3, (n,))                  # healthy, pale, bleached
    band = torch.linspace(0, 1, BANDS)
    chlorophyll = torch.tensor([1.0, 0.6, 0.2])[label].unsqueeze(1) * (0.8 + 0.4 * torch.rand(n, 1))
    sand = torch.rand(n, 1)
    depth = 0.5 + torch.rand(n, 1)
    light = torch.exp(-depth * band)
    x = light * (0.4 + 0.6 * sand * band - 0.35 * chlorophyll * torch.exp(-((band - 0.6) / 0.12) ** 2))
    return x + 0.015 * torch.randn(n, BANDS), label


x_train, y_train = spectra(3000)
x_val, y_val = spectra(600)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std

model = nn.Sequential(
    nn.Linear(BANDS, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 3),
)

loader = DataLoader(TensorDataset(x_train, y_train), batch_size=60, shuffle=True)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 13):
    model.train()
    running_loss = 0.0
    for spectrum, label in loader:
        optimizer.zero_grad()
        loss = criterion(model(spectrum), label)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    model.eval()
    with torch.no_grad():
        logits = model(x_val)
        val_loss = criterion(logits, y_val).item()
        val_acc = (logits.argmax(1) == y_val).float().mean().item()
    print("epoch %2d  train loss %.4f  val loss %.4f  val acc %.3f" % (epoch, running_loss / len(loader), val_loss, val_acc))
