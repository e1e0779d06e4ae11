import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring
from skorch.dataset import ValidSplit
from sklearn.metrics import accuracy_score, confusion_matrix
from torch import nn

torch.manual_seed(14)
rng = np.random.default_rng(14)

GAITS = ["stroll", "march", "limp", "stairs up", "stairs down", "tiptoe", "shuffle"]
SAMPLES, SENSORS = 48, 4


def record(gait, steps):
    """One stretch of the protocol: `steps` windows of the same gait, four sensors."""
    g = np.random.default_rng(100 + gait)
    freq, lag, amp = g.uniform(0.25, 0.45), g.uniform(0, 3, SENSORS), g.uniform(0.6, 1.4, SENSORS)
    t = np.arange(SAMPLES)
    start = rng.uniform(0, 2 * np.pi, (steps, 1, 1))
    wave = np.sin(freq * t + lag[:, None] + start) + 0.5 * np.sin(2 * freq * t + 2 * start)
    return amp[:, None] * wave + rng.normal(0, 1.5, (steps, SENSORS, SAMPLES))


def session(steps):
    X = np.concatenate([record(g, steps) for g in range(len(GAITS))])
    y = np.repeat(np.arange(len(GAITS)), steps)
    return X.astype(np.float32), y


class GaitNet(nn.Module):
    def __init__(self, channels=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(SENSORS, channels, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(channels, 2 * channels, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(),
        )
        self.classify = nn.Linear(8 * channels, len(GAITS))

    def forward(self, X):
        return self.classify(self.features(X))


X_train, y_train = session(400)
X_test, y_test = session(60)
scale = X_train.std()

net = NeuralNetClassifier(
    GaitNet,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    optimizer__momentum=0.9,
    lr=0.02,
    max_epochs=8,
    batch_size=25,
    iterator_train__shuffle=True,
    train_split=ValidSplit(5, stratified=True),
    callbacks=[("train_acc", EpochScoring("accuracy", on_train=True, name="train_acc", lower_is_better=False))],
)
net.fit(X_train / scale, y_train)

predicted = net.predict(X_test / scale)
print(confusion_matrix(y_test, predicted))
print(f"test accuracy {accuracy_score(y_test, predicted):.3f}")
