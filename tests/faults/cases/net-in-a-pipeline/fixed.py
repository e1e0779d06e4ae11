import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

torch.manual_seed(0)
X, y = make_classification(3000, 10, n_informative=8, n_redundant=0, n_classes=5, n_clusters_per_class=1,
                           class_sep=1.6, flip_y=0, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X.astype(np.float32), y.astype(np.int64), test_size=0.25, random_state=0)


class Module(nn.Module):
    def __init__(self, num_units=40):
        super().__init__()
        self.dense0 = nn.Linear(10, num_units)
        self.dense1 = nn.Linear(num_units, num_units)
        self.output = nn.Linear(num_units, 5)

    def forward(self, X):
        X = torch.relu(self.dense0(X))
        X = torch.relu(self.dense1(X))
        return self.output(X)


net = NeuralNetClassifier(
    Module,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    optimizer__momentum=0.9,
    lr=0.05,
    max_epochs=20,
    batch_size=64,
    iterator_train__shuffle=True,
    verbose=0,
)
pipe = make_pipeline(StandardScaler(), net)
pipe.fit(X_train, y_train)
for row in net.history[3::4]:
    print(f"epoch {row['epoch']:2d}: train {row['train_loss']:.4f} valid {row['valid_loss']:.4f} accuracy {row['valid_acc']:.3f}")
print(f"test accuracy {pipe.score(X_test, y_test):.3f}")
