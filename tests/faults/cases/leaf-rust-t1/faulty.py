import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

DISEASES = ["healthy", "rust", "mildew", "mosaic", "scab"]


def leaf_pictures(n, gen, size=16):
    """Three-channel pictures; each disease changes colour and texture in its own way."""
    label = torch.randint(len(DISEASES), (n,), generator=gen)
    tint = torch.tensor([[-0.4, 0.5, -0.3], [0.4, 0.1, -0.4], [0.4, 0.5, 0.4], [0.0, 0.5, -0.5], [-0.3, -0.2, -0.3]])
    x = tint[label][:, :, None, None] + 0.4 * torch.randn(n, 3, 1, 1, generator=gen)
    texture = torch.randn(n, 1, size, size, generator=gen)
    coarse = F.interpolate(torch.randn(n, 1, size // 4, size // 4, generator=gen), scale_factor=4)
    mix = torch.tensor([0.2, 0.8, 0.4, 1.0, 0.6])[label][:, None, None, None]
    return x + 0.8 * (mix * coarse + (1 - mix) * texture) + 0.2 * torch.randn(n, 3, size, size, generator=gen), label


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class LeafNet(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(), nn.MaxPool2d(2))
        self.res1 = Residual(c)
        self.res2 = Residual(c)
        self.fc = nn.Linear(c, len(DISEASES))

    def forward(self, x):
        x = self.res2(F.max_pool2d(self.res1(self.stem(x)), 2))
        return self.fc(x.mean(dim=(2, 3)))


def train(model, loader, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    model.train()
    for epoch in range(epochs):
        running_loss, correct, seen = 0.0, 0, 0
        for images, labels in loader:
            optimizer.zero_grad()
            outputs = model(images)
            loss = F.cross_entropy(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
            seen += len(labels)
        print(f"epoch {epoch + 1}: loss {running_loss / seen:.3f}, training accuracy {correct / seen:.3f}")


def test(model, images, labels):
    hits = 0
    with torch.no_grad():
        for image, label in zip(images, labels):
            scores = model(image.unsqueeze(0))
            hits += int(scores.argmax() == label)
    return hits / len(labels)


torch.manual_seed(26)
gen = torch.Generator().manual_seed(26)
train_loader = DataLoader(TensorDataset(*leaf_pictures(2000, gen)), batch_size=40, shuffle=True)
model = LeafNet()
train(model, train_loader, epochs=6)
print(f"accuracy on 400 new leaves: {test(model, *leaf_pictures(400, gen)):.3f}")
