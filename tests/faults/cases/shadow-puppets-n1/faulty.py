import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring

np.random.seed(0)
torch.manual_seed(0)

KINDS = ["rabbit", "dog", "bird", "snail", "swan"]
SIZE = 14


def silhouette(kind, rng):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    cy, cx = rng.uniform(6, 8, 2)
    body = ((yy - cy - 2) ** 2 / 9 + (xx - cx) ** 2 / 12) < 1
    if kind == "rabbit":
        body |= (np.abs(xx - cx + 2) < 1) & (yy < cy)
        body |= (np.abs(xx - cx - 2) < 1) & (yy < cy)
    elif kind == "dog":
        body |= (np.abs(yy - cy) < 1.2) & (xx > cx) & (xx < cx + 6)
    elif kind == "bird":
        body |= np.abs(np.abs(xx - cx) - (cy - yy) - 1) < 1
    elif kind == "snail":
        body |= ((yy - cy + 2) ** 2 + (xx - cx) ** 2) < 9
    else:
        body |= (np.abs(xx - cx) < 1) & (yy < cy + 1)
    img = body.astype(np.float32) * rng.uniform(0.7, 1.0) + rng.normal(0, 0.35, (SIZE, SIZE))
    return ((img - 0.3) / 0.5).astype(np.float32)


def load_folder(per_kind, rng):
    images, labels = [], []
    for label, kind in enumerate(KINDS):
        for _ in range(per_kind):
            images.append(silhouette(kind, rng))
            labels.append(label)
    return np.stack(images)[:, None], np.array(labels, dtype=np.int64)


class ShadowNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 3 * 3, n_classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


rng = np.random.default_rng(3)
X_train, y_train = load_folder(400, rng)
X_test, y_test = load_folder(80, rng)

net = NeuralNetClassifier(
    ShadowNet,
    module__n_classes=len(KINDS),
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    optimizer__momentum=0.9,
    lr=0.01,
    batch_size=32,
    max_epochs=12,
    callbacks=[EpochScoring("accuracy", name="train_acc", on_train=True, lower_is_better=False)],
    verbose=0,
)
net.fit(X_train, y_train)
for row in net.history:
    print(f"epoch {row['epoch']:2d}  train loss {row['train_loss']:.4f}  valid loss {row['valid_loss']:.4f}  "
          f"valid acc {row['valid_acc']:.3f}")
print(f"test accuracy: {net.score(X_test, y_test):.3f}")
