from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
import torch


class WineClassifier(torch.nn.Module):
    def __init__(self, n_features=13, n_hidden=20, n_classes=3):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(n_features, n_hidden),
            torch.nn.Tanh(),
            torch.nn.Linear(n_hidden, n_classes),
        )

    def forward(self, x):
        return self.layers(x)

    def predict(self, x):
        self.eval()
        with torch.no_grad():
            return self.layers(x).argmax(dim=1)


def get_data():
    data, target = load_wine(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        data, target, test_size=0.3, random_state=30, stratify=target)
    to_float = lambda a: torch.tensor(a, dtype=torch.float32)
    return to_float(x_train), to_float(x_test), torch.tensor(y_train), torch.tensor(y_test)


def fit(model, x, y, epochs=60, batch=16, lr=0.03):
    criterion = torch.nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    model.train()
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for idx in torch.randperm(len(x)).split(batch):
            sgd.zero_grad()
            loss = criterion(model(x[idx]), y[idx])
            loss.backward()
            sgd.step()
            total += loss.item() * len(idx)
        losses.append(total / len(x))
    return losses


torch.manual_seed(3)
x_train, x_test, y_train, y_test = get_data()
model = WineClassifier()
losses = fit(model, x_train, y_train)
accuracy = (model.predict(x_test) == y_test).float().mean().item()
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, test accuracy {accuracy:.3f}")
