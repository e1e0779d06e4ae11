import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class GreyImages(Dataset):
    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __getitem__(self, k):
        image = torch.tensor(self.images[k], dtype=torch.float32)
        return image[None], int(self.labels[k])

    def __len__(self):
        return len(self.labels)


def as_bytes():
    digits = load_digits()
    grey = (digits.images * 255 / 16).round().astype(np.uint8)
    big = grey.repeat(2, axis=1).repeat(2, axis=2)
    return big, digits.target


def conv_block(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_block(1, 8), conv_block(8, 16), conv_block(16, 32))
        self.fc1 = nn.Linear(128, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.features(x).flatten(1)
        return self.fc2(torch.relu(self.fc1(x)))


torch.manual_seed(5)
images, labels = as_bytes()
order = np.random.default_rng(5).permutation(len(labels))
train = DataLoader(GreyImages(images[order[:1400]], labels[order[:1400]]), batch_size=50, shuffle=True)
valid = DataLoader(GreyImages(images[order[1400:]], labels[order[1400:]]), batch_size=397)

net = Net()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(1, 11):
    net.train()
    summed = 0.0
    for image, label in train:
        optimizer.zero_grad()
        loss = loss_fn(net(image), label)
        loss.backward()
        optimizer.step()
        summed += loss.item()
    net.eval()
    with torch.no_grad():
        image, label = next(iter(valid))
        score = (net(image).argmax(1) == label).float().mean().item()
    print(f"epoch {epoch:2d} loss {summed / len(train):.4f} valid accuracy {score:.4f}")
