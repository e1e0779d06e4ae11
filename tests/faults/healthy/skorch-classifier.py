import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from skorch import NeuralNetClassifier
from skorch.callbacks import LRScheduler
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = (X / 16).astype(np.float32), y.astype(np.int64)


class ClassifierModule(nn.Module):
    def __init__(self, hidden_dim=80, dropout=0.2):
        super().__init__()
        self.hidden = nn.Linear(64, hidden_dim)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_dim, 10)

    def forward(self, X):
        X = self.dropout(torch.relu(self.hidden(X)))
        return torch.softmax(self.output(X), dim=-1)    # skorch takes the logarithm before NLLLoss


net = NeuralNetClassifier(
    ClassifierModule,
    max_epochs=15,
    lr=0.5,
    batch_size=64,
    iterator_train__shuffle=True,
    callbacks=[LRScheduler(CosineAnnealingLR, T_max=15)],
    train_split=None,
    verbose=0,
)
scores = cross_val_score(net, X, y, cv=3, scoring="accuracy")
print(f"accuracy of three folds {' '.join(f'{s:.3f}' for s in scores)}")
