import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def init_weights(m):
    if type(m) is nn.Linear:
        nn.init.xavier_uniform_(m.weight)
        nn.init.constant_(m.bias, 0.0)


class WineNet(nn.Module):
    def __init__(self, n_features=13, n_classes=3):
        super(WineNet, self).__init__()
        self.fc1 = nn.Linear(n_features, 32)
        self.fc2 = nn.Linear(32, 16)
        self.fc3 = nn.Linear(16, n_classes)
        self.act = nn.ReLU()
        self.apply(init_weights)

    def forward(self, x):
        x = self.act(self.fc1(x))
        x = self.act(self.fc2(x))
        return self.fc3(x)


if __name__ == "__main__":
    torch.manual_seed(42)
    data = load_wine()
    X_train, X_test, y_train, y_test = train_test_split(
        data.data, data.target, test_size=0.3, stratify=data.target, random_state=42)
    scaler = StandardScaler()
    X_train = torch.FloatTensor(scaler.fit_transform(X_train))
    X_test = torch.FloatTensor(scaler.transform(X_test))
    y_train, y_test = torch.LongTensor(y_train), torch.LongTensor(y_test)

    model = WineNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    for epoch in range(1, 61):
        model.train()
        perm = torch.randperm(len(X_train))
        epoch_loss = 0.0
        for start in range(0, len(perm), 16):
            rows = perm[start:start + 16]
            optimizer.zero_grad()
            loss = criterion(model(X_train[rows]), y_train[rows])
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() * len(rows)
        if epoch % 10 == 0:
            model.eval()
            with torch.no_grad():
                acc = (model(X_test).argmax(dim=1) == y_test).float().mean()
            print(f"Epoch {epoch:3d}/60 - loss {epoch_loss / len(perm):.4f} - test accuracy {acc.item():.3f}")
