import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(13)
MICRO_BATCH = 8
ACCUMULATE = 16          # effective batch of 128
EPOCHS = 20

digits = load_digits()
inputs = torch.tensor((digits.images - 4.88) / 6.02, dtype=torch.float32).unsqueeze(1)
full = TensorDataset(inputs, torch.tensor(digits.target))
train_part, test_part = random_split(full, [1408, len(full) - 1408])
train_loader = DataLoader(train_part, batch_size=MICRO_BATCH, shuffle=True)
test_loader = DataLoader(test_part, batch_size=128)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(16 * 16, 64), nn.ReLU(),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.15, momentum=0.9, nesterov=True)

for epoch in range(EPOCHS):
    model.train()
    epoch_loss = 0.0
    optimizer.zero_grad()
    for i, (image, label) in enumerate(train_loader):
        output = model(image)
        loss = criterion(output, label)
        epoch_loss += loss.item()
        loss.backward()
        if (i + 1) % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    model.eval()
    correct = 0
    with torch.no_grad():
        for image, label in test_loader:
            correct += (model(image).argmax(1) == label).sum().item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}/{EPOCHS}  loss {epoch_loss / len(train_loader):.4f}  accuracy {correct / len(test_part):.3f}")
