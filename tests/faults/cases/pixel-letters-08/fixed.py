import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(8)

MEAN, STD = 4.9, 6.0


def train_transform(image):
    image = (image - MEAN) / STD
    shift = torch.randint(-1, 2, (2,)).tolist()
    return torch.roll(image, shift, dims=(-2, -1))


def test_transform(image):
    return (image - MEAN) / STD


class Digits(Dataset):
    def __init__(self, rows, transform):
        data = load_digits()
        self.images = torch.tensor(data.images[rows], dtype=torch.float32).unsqueeze(1)
        self.labels = torch.tensor(data.target[rows])
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(h)))


class ResNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.blocks = nn.Sequential(Block(width), Block(width))
        self.head = nn.Linear(width * 4, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.stem(x)))
        return self.head(F.adaptive_avg_pool2d(x, 2).flatten(1))


train_loader = DataLoader(Digits(slice(0, 1300), train_transform), batch_size=50, shuffle=True)
test_loader = DataLoader(Digits(slice(1300, None), test_transform), batch_size=250)

model = ResNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

for epoch in range(8):
    model.train()
    seen, right = 0, 0
    for images, labels in train_loader:
        optimizer.zero_grad()
        logits = model(images)
        F.cross_entropy(logits, labels).backward()
        optimizer.step()
        right += (logits.argmax(1) == labels).sum().item()
        seen += len(labels)
    model.eval()
    with torch.no_grad():
        hits = sum((model(images).argmax(1) == labels).sum().item() for images, labels in test_loader)
    print(f"epoch {epoch} train acc {right / seen:.3f} test acc {hits / len(test_loader.dataset):.3f}")
