"""Transfer learning on small digits: pretrain on 0-4, then reuse the features for 5-9."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)

digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
labels = torch.tensor(digits.target)


class DigitNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(256, n_classes)

    def forward(self, x):
        return self.head(self.dropout(self.features(x)))


def make_loader(x, y, batch_size=32):
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)


def run_epoch(net, loader, optimizer):
    net.train()
    total = 0.0
    for x, y in loader:
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


def accuracy(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


# stage 1: low digits
low = labels < 5
net = DigitNet(5)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
loader = make_loader(images[low], labels[low])
for epoch in range(5):
    print(f"[pretrain] epoch {epoch + 1} loss {run_epoch(net, loader, optimizer):.4f}")

# stage 2: high digits, features kept as they are
x_train, x_val, y_train, y_val = train_test_split(
    images[~low], labels[~low] - 5, test_size=300, random_state=0, stratify=labels[~low]
)
for p in net.features.parameters():
    p.requires_grad = False
trainable = [p for p in net.parameters() if p.requires_grad]
optimizer = torch.optim.Adam(trainable, lr=5e-3)
net.head = nn.Linear(256, 5)

loader = make_loader(x_train, y_train)
for epoch in range(20):
    loss = run_epoch(net, loader, optimizer)
    if epoch % 2 == 1:
        print(f"[finetune] epoch {epoch + 1} loss {loss:.4f} val acc {accuracy(net, x_val, y_val):.3f}")
print(f"final val acc {accuracy(net, x_val, y_val):.3f}")
