import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(42)

EPOCHS = 20
BATCH_SIZE = 16
LEARNING_RATE = 0.01

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=42, stratify=y)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)

train_data = TensorDataset(torch.FloatTensor(X_train), torch.LongTensor(y_train))
test_data = TensorDataset(torch.FloatTensor(X_test), torch.LongTensor(y_test))
train_loader = DataLoader(dataset=train_data, batch_size=BATCH_SIZE, shuffle=True)
test_loader = DataLoader(dataset=test_data, batch_size=54)


class WineClassifier(nn.Module):
    def __init__(self, num_feature, num_class):
        super(WineClassifier, self).__init__()
        self.layer_1 = nn.Linear(num_feature, 64)
        self.batchnorm1 = nn.BatchNorm1d(64)
        self.layer_2 = nn.Linear(64, 32)
        self.batchnorm2 = nn.BatchNorm1d(32)
        self.layer_out = nn.Linear(32, num_class)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.relu(self.batchnorm1(self.layer_1(x)))
        x = self.relu(self.batchnorm2(self.layer_2(x)))
        return self.layer_out(x)


model = WineClassifier(num_feature=13, num_class=3)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)

for e in range(1, EPOCHS + 1):
    model.train()
    train_epoch_loss = 0
    for X_batch, y_batch in train_loader:
        optimizer.zero_grad()
        y_pred = model(X_batch)
        train_loss = criterion(y_pred, y_batch)
        train_loss.backward()
        optimizer.step()
        train_epoch_loss += train_loss.item()

    model.eval()
    with torch.no_grad():
        test_loss, correct = 0, 0
        for X_batch, y_batch in test_loader:
            y_pred = model(X_batch)
            test_loss += criterion(y_pred, y_batch).item()
            correct += (y_pred.argmax(dim=1) == y_batch).sum().item()
    print(f'Epoch {e:03}: | Train Loss: {train_epoch_loss / len(train_loader):.5f} '
          f'| Test Loss: {test_loss / len(test_loader):.5f} | Test Acc: {correct / len(test_data):.3f}')
