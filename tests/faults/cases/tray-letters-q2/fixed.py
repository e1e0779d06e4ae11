import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(23)

NUM_EPOCHS = 12
BATCH_SIZE = 32
LEARNING_RATE = 3e-3

# Twelve letters as 6x6 dot patterns, printed somewhere on a 10x10 field
letters = (torch.rand(12, 6, 6) < 0.5).float()
targets = torch.randint(0, 12, (2500,))
prints = torch.zeros(2500, 1, 10, 10)
for i, k in enumerate(targets):
    r, c = torch.randint(0, 5, (2,)).tolist()
    prints[i, 0, r:r + 6, c:c + 6] = letters[k]
prints = prints + 0.35 * torch.randn_like(prints)

prints = (prints - prints[:2000].mean()) / prints[:2000].std()
train_ds = TensorDataset(prints[:2000], targets[:2000])
val_ds = TensorDataset(prints[2000:], targets[2000:])

train_dl = DataLoader(train_ds, batch_size=BATCH_SIZE, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=BATCH_SIZE)

model = nn.Sequential(
    nn.Conv2d(1, 16, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.Conv2d(16, 32, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Dropout(0.4),
    nn.Linear(32 * 25, 12),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

for epoch in range(NUM_EPOCHS):
    # Training phase
    model.train()
    train_loss = 0.0
    for images, labels in train_dl:
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * images.size(0)

    # Validation phase
    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in val_dl:
            outputs = model(images)
            val_loss += criterion(outputs, labels).item() * images.size(0)
            correct += (outputs.argmax(1) == labels).sum().item()

    print(f"Epoch [{epoch + 1}/{NUM_EPOCHS}] Train Loss: {train_loss / len(train_ds):.4f} "
          f"Val Loss: {val_loss / len(val_ds):.4f} Val Acc: {correct / len(val_ds):.4f}")
