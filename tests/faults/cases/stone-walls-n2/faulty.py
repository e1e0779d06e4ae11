import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

BONDS = ["running", "stack", "herringbone", "rubble", "course"]


def photograph(n, seed, size=24):
    g = torch.Generator().manual_seed(seed)
    label = torch.randint(len(BONDS), (n,), generator=g)
    yy, xx = torch.meshgrid(torch.arange(size).float(), torch.arange(size).float(), indexing="ij")
    images = torch.zeros(n, 1, size, size)
    for i, k in enumerate(label.tolist()):
        h, w = (4 + 3 * torch.rand(2, generator=g)).tolist()
        x, y = xx + 8 * torch.rand(1, generator=g), yy + 8 * torch.rand(1, generator=g)
        row = (y / h).floor()
        if k == 0:
            joint = ((x + w * (row % 2) / 2) % w < 1.2) | (y % h < 1.2)
        elif k == 1:
            joint = (x % w < 1.2) | (y % h < 1.2)
        elif k == 2:
            joint = ((x + y) % w < 1.2) & (row % 2 == 0) | ((x - y) % w < 1.2) & (row % 2 == 1)
        elif k == 3:
            c = size * torch.rand(14, 2, generator=g)
            d = ((xx[..., None] - c[:, 0]) ** 2 + (yy[..., None] - c[:, 1]) ** 2).sqrt().sort(-1)[0]
            joint = d[..., 1] - d[..., 0] < 1.0
        else:
            joint = y % h < 1.2
        light = 1 + 0.3 * torch.randn(1, generator=g)
        images[i, 0] = light - 1.2 * joint.float() + 0.35 * torch.randn(size, size, generator=g)
    return TensorDataset((images - 0.7) / 0.7, label)


def block(n_in, n_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )


def make_model():
    return nn.Sequential(
        block(1, 12), block(12, 24, 2), block(24, 24), block(24, 48, 2), block(48, 48), block(48, 48, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(48, len(BONDS)),
    )


def test(model, loader, criterion):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in loader:
            outputs = model(images)
            loss += criterion(outputs, labels).item() * labels.size(0)
            correct += (outputs.argmax(1) == labels).sum().item()
    n = len(loader.dataset)
    return loss / n, correct / n


def main():
    torch.manual_seed(77)
    train_loader = DataLoader(photograph(2000, 1), batch_size=64, shuffle=True)
    test_loader = DataLoader(photograph(500, 2), batch_size=250)
    model = make_model()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    epochs = 8
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    print("before training: loss %.3f, accuracy %.3f" % test(model, test_loader, criterion))
    for epoch in range(epochs):
        running_loss = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        scheduler.step()
        test_loss, test_acc = test(model, test_loader, criterion)
        print(f"[{epoch + 1}] train loss {running_loss / len(train_loader):.3f} "
              f"test loss {test_loss:.3f} test accuracy {test_acc:.3f}")


main()
