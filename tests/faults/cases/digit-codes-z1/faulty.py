import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(28)

pixels = torch.tensor(load_digits().images, dtype=torch.float32).flatten(1) / 16
pixels = pixels[torch.randperm(len(pixels))]
train, test = pixels[:1400], pixels[1400:]

WIDTHS = [64, 56, 48, 32, 16, 32, 48, 56, 64]
stack = []
for i, (n_in, n_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):
    stack.append(nn.Linear(n_in, n_out))
    if i < len(WIDTHS) - 2:
        stack.append(nn.Sigmoid())
stack.append(nn.Sigmoid())
autoencoder = nn.Sequential(*stack)

optimizer = torch.optim.Adam(autoencoder.parameters(), lr=6e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
loader = DataLoader(TensorDataset(train), batch_size=50, shuffle=True)
criterion = nn.MSELoss()
baseline = (test - train.mean(0)).square().mean().item()
print(f"mean picture as answer: {baseline:.4f}")

for epoch in range(1, 41):
    total = 0.0
    for (batch,) in loader:
        rebuilt = autoencoder(batch)
        loss = criterion(rebuilt, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    schedule.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            print(f"epoch {epoch} train {total / len(train):.4f} test {criterion(autoencoder(test), test).item():.4f}")
