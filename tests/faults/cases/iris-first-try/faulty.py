import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(42)
iris = load_iris()
X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target, test_size=0.2, random_state=42)
scaler = StandardScaler()
X_train = torch.tensor(scaler.fit_transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)


class IrisModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = torch.nn.Linear(4, 16)
        self.layer_2 = torch.nn.Linear(16, 16)
        self.layer_3 = torch.nn.Linear(16, 3)
        self.relu = torch.nn.ReLU()

    def forward(self, x):
        return self.layer_3(self.relu(self.layer_2(self.relu(self.layer_1(x)))))


def accuracy_fn(y_true, y_pred):
    return (y_true == y_pred).sum().item() / len(y_true) * 100


model = IrisModel()
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
epochs = 60

for epoch in range(epochs):
    model.train()
    logits = model(X_train)
    y_pred = torch.softmax(logits, dim=1).argmax(dim=1).type(torch.float32)
    loss = loss_fn(y_pred, y_train.type(torch.float32))
    acc = accuracy_fn(y_train, y_pred)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    model.eval()
    with torch.inference_mode():
        test_logits = model(X_test)
        test_acc = accuracy_fn(y_test, test_logits.argmax(dim=1))
    if epoch % 10 == 9:
        print(f"Epoch: {epoch + 1} | Loss: {loss.item():.5f}, Acc: {acc:.1f}% | Test acc: {test_acc:.1f}%")
