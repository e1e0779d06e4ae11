import math

import torch
import torch.nn as nn
import torch.optim as optim

# Hyperparameters
image_size = 20
batch_size = 50
learning_rate = 0.003
num_epochs = 30
torch.manual_seed(12)


# Data: the hand is a bright line from the middle of the dial, at any angle
def generate_clocks(n):
    angle = 2 * math.pi * torch.rand(n)
    coords = torch.arange(image_size, dtype=torch.float32) - (image_size - 1) / 2
    y, x = torch.meshgrid(-coords, coords, indexing="ij")
    shift = torch.randn(2, n, 1, 1) * 0.5
    x, y = x - shift[0], y - shift[1]
    dx, dy = torch.sin(angle).view(-1, 1, 1), torch.cos(angle).view(-1, 1, 1)
    along, across = x * dx + y * dy, x * dy - y * dx
    hand = ((along > 0) & (along < 7.5) & (across.abs() < 0.9)).float()
    dial = ((x.square() + y.square()).sqrt() - 8.8).abs().lt(0.6).float()
    images = hand + 0.6 * dial + 0.15 * torch.randn(n, image_size, image_size)
    images = (images - 0.16) / 0.35
    return images.unsqueeze(1), torch.stack([torch.sin(angle), torch.cos(angle)], dim=1)


train_images, train_targets = generate_clocks(1500)
val_images, val_targets = generate_clocks(500)


# Model
class ClockReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.regressor = nn.Sequential(nn.Flatten(), nn.Linear(16 * 5 * 5, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.regressor(self.features(x))


model = ClockReader()
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)

# Training loop
for epoch in range(num_epochs):
    model.train()
    train_loss = 0.0
    permutation = torch.randperm(len(train_images))
    for batch in permutation.split(batch_size):
        optimizer.zero_grad()
        loss = criterion(model(train_images[batch]), train_targets[batch])
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(batch)
    train_loss /= len(train_images)

    # Validation
    model.eval()
    with torch.no_grad():
        outputs = model(val_images)
        val_loss = criterion(outputs, val_targets).item()
        difference = torch.atan2(outputs[:, 0], outputs[:, 1]) - torch.atan2(val_targets[:, 0], val_targets[:, 1])
        difference = torch.remainder(difference + math.pi, 2 * math.pi) - math.pi
        minutes = difference.abs().mean().item() * 30 / math.pi
    print(f"Epoch [{epoch + 1}/{num_epochs}], Train Loss: {train_loss:.4f}, Val Loss: {val_loss:.4f}, Mean Error: {minutes:.2f} minutes")
