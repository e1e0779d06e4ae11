import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)

# dots (1 to 9 of them) on a 20x20 plate
def plates(n):
    counts = torch.randint(1, 10, (n,))
    grid = torch.arange(20.0)
    centre = torch.rand(n, 9, 2) * 17 + 1
    dy = grid.view(1, 1, 20) - centre[..., 0:1]
    dx = grid.view(1, 1, 20) - centre[..., 1:2]
    spots = torch.exp(-dy.unsqueeze(3) ** 2 / 1.2 - dx.unsqueeze(2) ** 2 / 1.2)
    present = (torch.arange(9) < counts[:, None]).float()
    images = (spots * present[:, :, None, None]).sum(1) + 0.1 * torch.randn(n, 20, 20)
    return images.unsqueeze(1), counts.float()

train = DataLoader(TensorDataset(*plates(1200)), batch_size=40, shuffle=True)
test_images, test_counts = plates(400)

net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
    nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1),
)

def predict(images):
    return net(images).squeeze(1).round()

criterion = nn.SmoothL1Loss()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

for epoch in range(1, 13):
    net.train()
    total = 0
    for images, counts in train:
        optimizer.zero_grad()
        loss = criterion(predict(images), counts)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(counts)
    net.eval()
    with torch.no_grad():
        off = (predict(test_images) - test_counts).abs()
    print(f"epoch {epoch}: loss {total / 1200:.4f}, mean error {off.mean():.3f}, exact {(off == 0).float().mean():.3f}")
