import numpy as np
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetBinaryClassifier
from skorch.callbacks import EpochScoring
from torch import nn


def customers(n, seed):
    rng = np.random.default_rng(seed)
    months = rng.exponential(24, n)
    calls = rng.poisson(2 + 3 * rng.random(n))
    bill = rng.normal(60, 18, n)
    usage = rng.gamma(3, 8, n)
    contract = rng.integers(0, 3, n)
    price_rise = rng.normal(0, 6, n)
    score = 1.4 * (calls > 4) + 0.09 * (bill - 60) + 0.25 * price_rise - 0.05 * (usage - 24)
    score += np.array([1.5, 0.2, -1.8])[contract] - 0.03 * (months - 20)
    left = score + rng.logistic(0, 0.45, n) > 1.6
    X = np.column_stack([months, calls, bill, usage, contract == 1, contract == 2, price_rise])
    return X.astype("float32"), left.astype("float32")


class ChurnNet(nn.Module):
    def __init__(self, n_inputs=7, hidden=32):
        super().__init__()
        self.hidden1 = nn.Linear(n_inputs, hidden)
        self.hidden2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.out(x).squeeze(-1)


if __name__ == "__main__":
    torch.manual_seed(29)
    X, y = customers(4000, seed=29)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=29)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

    clf = NeuralNetBinaryClassifier(
        ChurnNet,
        optimizer=torch.optim.Adam,
        lr=2e-3,
        batch_size=64,
        max_epochs=15,
        iterator_train__shuffle=True,
        callbacks=[EpochScoring("roc_auc", lower_is_better=False, name="valid_auc")],
    )
    clf.fit(X_train, y_train)
    guess = clf.predict(X_test)
    print(f"customers who left: {y_test.mean():.2f}, predicted to leave: {guess.mean():.2f}")
    print(f"test accuracy {accuracy_score(y_test, guess):.3f} "
          f"balanced {balanced_accuracy_score(y_test, guess):.3f}")
