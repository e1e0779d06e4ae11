import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, Dataset


class TrainData(Dataset):
    def __init__(self, X_data, y_data):
        self.X_data = X_data
        self.y_data = y_data

    def __getitem__(self, index):
        return self.X_data[index], self.y_data[index]

    def __len__(self):
        return len(self.X_data)


class BinaryClassification(nn.Module):
    def __init__(self):
        super(BinaryClassification, self).__init__()
        self.layer_1 = nn.Linear(12, 64)
        self.layer_2 = nn.Linear(64, 32)
        self.layer_out = nn.Linear(32, 1)
        self.relu = nn.ReLU()

    def forward(self, inputs):
        x = self.relu(self.layer_1(inputs))
        x = self.relu(self.layer_2(x))
        return self.layer_out(x)


def binary_acc(y_pred, y_test):
    y_pred_tag = torch.round(torch.sigmoid(y_pred))
    correct_results_sum = (y_pred_tag == y_test).sum().float()
    return correct_results_sum / y_test.shape[0] * 100


torch.manual_seed(2)
np.random.seed(2)
X, y = make_classification(4000, 12, n_informative=7, class_sep=1.3, flip_y=0.03, random_state=2)
scaler = StandardScaler()
X_train = torch.FloatTensor(scaler.fit_transform(X[:3000]))
X_test = torch.FloatTensor(scaler.transform(X[3000:]))
y_train, y_test = torch.FloatTensor(y[:3000, None]), torch.FloatTensor(y[3000:, None])

train_loader = DataLoader(TrainData(X_train, y_train), batch_size=64, shuffle=True)
test_loader = DataLoader(TrainData(X_test, y_test), batch_size=250)

model = BinaryClassification()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

for e in range(1, 13):
    model.train()
    epoch_loss = 0
    for X_batch, y_batch in train_loader:
        optimizer.zero_grad()
        y_pred = model(X_batch)
        loss = criterion(y_pred, y_batch)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    test_loss, test_acc = 0, 0
    with torch.no_grad():
        for X_batch, y_batch in test_loader:
            y_pred = model(X_batch)
            test_loss += criterion(y_pred, y_batch).item()
            test_acc += binary_acc(y_pred, y_batch).item()
    print(f"Epoch {e:02}: | Loss: {epoch_loss / len(train_loader):.4f} | Test loss: {test_loss / len(test_loader):.4f}"
          f" | Test acc: {test_acc / len(test_loader):.2f}")
