import resource

import torch
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(27)
KINDS = ["sound", "crack", "moss", "chip"]


def tiles(n, size=32):
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    kind = torch.randint(0, 4, (n,))
    x = 0.5 * torch.cos(6 * xs) + 0.35 * torch.randn(n, size, size)
    for i, k in enumerate(kind.tolist()):
        cy, cx, angle = (torch.rand(3) * 1.2 - 0.6).tolist()
        if k == 1:
            x[i] -= 1.2 * ((ys - cy - angle * xs).abs() < 0.06)
        elif k == 2:
            x[i] += 0.9 * torch.exp(-((ys - cy) ** 2 + (xs - cx) ** 2) / 0.08)
        elif k == 3:
            x[i] -= 1.0 * ((ys.abs() > 0.7) & ((xs - cx).abs() < 0.25))
    return ((x - x.mean()) / x.std()).unsqueeze(1), kind


train_loader = DataLoader(TensorDataset(*tiles(1200)), batch_size=32, shuffle=True)
test_loader = DataLoader(TensorDataset(*tiles(2000)), batch_size=100)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 8 * 8, 4),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def train_one_epoch():
    model.train()
    running_loss = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    return running_loss / len(train_loader)


@torch.no_grad()
def predict(loader):
    model.eval()
    outputs, targets = [], []
    for images, labels in loader:
        outputs.append(model(images))
        targets.append(labels)
    return torch.cat(outputs), torch.cat(targets)


for epoch in range(6):
    train_loss = train_one_epoch()
    outputs, targets = predict(test_loader)
    test_loss = criterion(outputs, targets).item()
    score = balanced_accuracy_score(targets.numpy(), outputs.argmax(dim=1).numpy())
    print(f"epoch {epoch + 1}: train loss {train_loss:.4f}, test loss {test_loss:.4f}, balanced accuracy {score:.4f}")

print(KINDS)
print(confusion_matrix(targets.numpy(), outputs.argmax(dim=1).numpy()))
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"balanced accuracy on the test tiles {score:.4f}, peak memory {megabytes} MB")
