import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)


class StripNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden1 = nn.Linear(16, 64)
        self.hidden2 = nn.Linear(64, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.output(x)


images = torch.tensor(load_digits().images, dtype=torch.float32)
labels = torch.tensor(load_digits().target)
strips = torch.cat([images.sum(1), images.sum(2)], dim=1)
strips = (strips - strips.mean(0)) / (strips.std(0) + 1e-6)
train_set, test_set = random_split(TensorDataset(strips, labels), [1400, 397])
train_loader = DataLoader(train_set, batch_size=35, shuffle=True)
test_loader = DataLoader(test_set, batch_size=397)

model = StripNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)

for epoch in range(12):
    model.train()
    total_loss = 0
    for inputs, targets in train_loader:
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    model.eval()
    with torch.no_grad():
        inputs, targets = next(iter(test_loader))
        accuracy = (model(inputs).argmax(1) == targets).float().mean().item()
    print(f"Epoch {epoch + 1}: loss {total_loss / len(train_loader):.4f}, test accuracy {accuracy:.3f}")
