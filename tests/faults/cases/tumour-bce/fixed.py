import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class TumourClassifier:
    """fit/predict in the manner of scikit-learn."""

    def __init__(self, hidden=24, lr=0.01, epochs=20, seed=0):
        torch.manual_seed(seed)
        self.epochs = epochs
        self.scaler = StandardScaler()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(30, hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, 1),
        )
        self.loss = torch.nn.BCEWithLogitsLoss()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=0.9, weight_decay=1e-3)

    def fit(self, X, y):
        X = torch.as_tensor(self.scaler.fit_transform(X), dtype=torch.float32)
        y = torch.as_tensor(y, dtype=torch.float32).view(-1, 1)
        for epoch in range(self.epochs):
            mean = 0.0
            for idx in torch.randperm(len(X)).split(16):
                self.opt.zero_grad()
                loss = self.loss(self.net(X[idx]), y[idx])
                loss.backward()
                self.opt.step()
                mean += loss.item() * len(idx) / len(X)
            if epoch % 5 == 4:
                print(f"epoch {epoch + 1}: loss {mean:.4f}")
        return self

    @torch.no_grad()
    def predict(self, X):
        out = self.net(torch.as_tensor(self.scaler.transform(X), dtype=torch.float32))
        return (out > 0).long().squeeze(1).numpy()

    def score(self, X, y):
        return float((self.predict(X) == y).mean())


X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
model = TumourClassifier().fit(X_train, y_train)
print(f"test accuracy {model.score(X_test, y_test):.3f}")
