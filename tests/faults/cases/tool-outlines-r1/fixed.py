import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

TOOLS = ["hammer", "saw", "spanner", "file", "chisel"]


def draw(tool, gen):
    img = torch.zeros(16, 16)
    r, c = torch.randint(0, 4, (2,), generator=gen).tolist()
    img[r + 1:r + 12, c + 5:c + 7] = 1                      # the handle
    if tool == "hammer":
        img[r + 1:r + 4, c + 2:c + 11] = 1
    elif tool == "saw":
        img[r + 1:r + 12:2, c + 7:c + 9] = 1
    elif tool == "spanner":
        img[r + 1:r + 4, c + 3:c + 5] = 1
        img[r + 1:r + 4, c + 7:c + 9] = 1
    elif tool == "file":
        img[r + 1:r + 12, c + 4:c + 8] = 1
    else:
        img[r + 9:r + 12, c + 4:c + 10] = 1
    return img + 0.35 * torch.randn(16, 16, generator=gen)


def load(per_tool, seed):
    """Goes through the folders, one for each tool."""
    gen = torch.Generator().manual_seed(seed)
    pictures, labels = [], []
    for label, tool in enumerate(TOOLS):
        for _ in range(per_tool):
            pictures.append(draw(tool, gen))
            labels.append(label)
    x = torch.stack(pictures).unsqueeze(1)
    return TensorDataset((x - 0.15) / 0.48, torch.tensor(labels))


torch.manual_seed(8)
train_data = load(300, seed=1)
test_data = load(80, seed=2)
train_loader = DataLoader(train_data, batch_size=30, shuffle=True)
test_loader = DataLoader(test_data, batch_size=100)

net = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(24 * 4 * 4, 40), nn.ReLU(),
    nn.Linear(40, len(TOOLS)),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(1, 9):
    net.train()
    running_loss = 0.0
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    net.eval()
    correct, test_loss = 0, 0.0
    with torch.no_grad():
        for inputs, labels in test_loader:
            outputs = net(inputs)
            test_loss += criterion(outputs, labels).item()
            correct += (outputs.argmax(1) == labels).sum().item()
    print("epoch %d, train loss %.3f, test loss %.3f, test accuracy %.1f%%" % (
        epoch, running_loss / len(train_loader), test_loss / len(test_loader), 100 * correct / len(test_data)))
