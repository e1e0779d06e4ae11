import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn


def pumps(n=3000):
    rng = np.random.default_rng(19)
    X = rng.normal(size=(n, 10)).astype("float32")
    wear = 1.5 * X[:, 0] + X[:, 1] * X[:, 2] + 1.2 * np.abs(X[:, 3]) - 0.8 * X[:, 4]
    y_true = (wear + 0.2 * rng.normal(size=n) > 0.9).astype("float32")
    return X, y_true.reshape(-1, 1)


class PumpModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense_1 = nn.Linear(10, 64)
        self.dense_2 = nn.Linear(64, 32)
        self.dense_3 = nn.Linear(32, 1)

    def forward(self, inputs):
        x = torch.relu(self.dense_1(inputs))
        x = torch.relu(self.dense_2(x))
        return self.dense_3(x)


class Fitter:
    """compile / fit / evaluate, as in Keras."""

    def __init__(self, model):
        self.model = model

    def compile(self, optimizer, loss):
        self.optimizer, self.loss = optimizer, loss

    def fit(self, x, y, epochs, batch_size, validation_data):
        for epoch in range(epochs):
            self.model.train()
            history = []
            for batch in torch.randperm(len(x)).split(batch_size):
                y_true = y[batch]
                y_pred = self.model(x[batch])
                loss = self.loss(y_pred, y_true)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                history.append(loss.item())
            accuracy = self.evaluate(*validation_data)
            print(f"Epoch {epoch + 1}/{epochs} - loss: {np.mean(history):.4f} - val_accuracy: {accuracy:.4f}")

    def evaluate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            y_pred = self.model(x)
        return ((y_pred > 0).float() == y).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(19)
    X, y = pumps()
    X_train, X_val, y_train, y_val = map(torch.from_numpy, train_test_split(X, y, test_size=0.25, random_state=19))
    fitter = Fitter(PumpModel())
    fitter.compile(torch.optim.Adam(fitter.model.parameters(), lr=2e-3), nn.BCEWithLogitsLoss())
    fitter.fit(X_train, y_train, epochs=14, batch_size=64, validation_data=(X_val, y_val))
