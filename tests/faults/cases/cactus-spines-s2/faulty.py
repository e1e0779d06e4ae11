import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, Dataset

# one type for weights, data and gradients
dtype = torch.float16


class CactusDataset(Dataset):
    def __init__(self, measures, kinds):
        self.measures = torch.tensor(measures).to(dtype)
        self.kinds = torch.tensor(kinds).long()

    def __getitem__(self, index):
        return self.measures[index], self.kinds[index]

    def __len__(self):
        return len(self.kinds)


class CactusNet(nn.Module):
    def __init__(self):
        super(CactusNet, self).__init__()
        self.fc1 = nn.Linear(10, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 5)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def train(model, loader, optimizer):
    model.train()
    total = 0.0
    for data, target in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def test(model, loader):
    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += F.cross_entropy(output, target, reduction="sum").item()
            correct += output.argmax(dim=1).eq(target).sum().item()
    return test_loss / len(loader.dataset), correct


torch.manual_seed(1)
X, y = make_classification(n_samples=3000, n_features=10, n_informative=8, n_redundant=2, n_classes=5,
                           n_clusters_per_class=1, class_sep=1.8, flip_y=0.01, random_state=1)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1, stratify=y)
scaler = StandardScaler().fit(X_train)
train_loader = DataLoader(CactusDataset(scaler.transform(X_train), y_train), batch_size=32, shuffle=True)
test_loader = DataLoader(CactusDataset(scaler.transform(X_test), y_test), batch_size=200)

model = CactusNet().to(dtype)
optimizer = optim.Adam(model.parameters(), lr=0.002)
for epoch in range(1, 11):
    train_loss = train(model, train_loader, optimizer)
    test_loss, correct = test(model, test_loader)
    print("Epoch: {} Train loss: {:.4f} Test loss: {:.4f}, Accuracy: {}/{} ({:.1f}%)".format(
        epoch, train_loss, test_loss, correct, len(y_test), 100.0 * correct / len(y_test)))
