import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(21)

PIPS = {
    1: [(1, 1)],
    2: [(0, 0), (2, 2)],
    3: [(0, 0), (1, 1), (2, 2)],
    4: [(0, 0), (0, 2), (2, 0), (2, 2)],
    5: [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)],
    6: [(0, 0), (1, 0), (2, 0), (0, 2), (1, 2), (2, 2)],
}


def photo(face):
    img = torch.randn(20, 20) * 0.35
    top, left = torch.randint(0, 5, (2,)).tolist()
    for row, col in PIPS[face]:
        r, c = top + 1 + 5 * row, left + 1 + 5 * col
        img[r:r + 3, c:c + 3] += 1.5
    if torch.rand(1) < 0.5:
        img = img.rot90()
    return img


faces = torch.randint(1, 7, (3000,))
images = torch.stack([photo(int(face)) for face in faces]).unsqueeze(1)
images = (images - images.mean()) / images.std()

dataset = TensorDataset(images, faces - 1)
train_set, test_set = random_split(dataset, [2500, 500])
train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
test_loader = DataLoader(test_set, batch_size=100)


class DiceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(24 * 25, 64), nn.ReLU(), nn.Linear(64, 6))

    def forward(self, x):
        return self.classifier(self.features(x))


net = DiceNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(6):
    net.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in test_loader:
            right += (net(x).argmax(dim=1) == y).sum().item()
    print(f"epoch {epoch + 1}, loss {running / len(train_loader):.4f}, test accuracy {right / len(test_set):.3f}")
