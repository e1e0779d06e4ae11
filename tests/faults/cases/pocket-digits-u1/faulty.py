import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

SEED = 21


class MLP(nn.Module):
    def __init__(self, d_in, width, d_out):
        super(MLP, self).__init__()
        self.fc1 = nn.Linear(d_in, width)
        self.fc2 = nn.Linear(width, d_out)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def draw(n_train, n_val):
    """A small training set and a validation set out of the 1797 digits."""
    rng = np.random.default_rng(SEED)
    data = load_digits()
    x = torch.tensor(data.data / 16.0, dtype=torch.float32)
    y = torch.tensor(data.target)
    pool = 500                                 # the part that was annotated in time
    train = rng.choice(pool, n_train, replace=False)
    val = rng.choice(pool, n_val, replace=False)
    return x[train], y[train], x[val], y[val]


def main():
    torch.manual_seed(SEED)
    x_train, y_train, x_val, y_val = draw(350, 150)
    model = MLP(64, 48, 10)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, weight_decay=1e-4)

    step = 0
    while step < 700:
        rows = torch.randint(0, len(x_train), (32,))
        loss = F.cross_entropy(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            with torch.no_grad():
                scores = model(x_val)
                val_loss = F.cross_entropy(scores, y_val)
                error = (scores.argmax(1) != y_val).float().mean()
            print("step %4d  loss %.3f  val loss %.3f  val error %.1f%%" % (step, loss, val_loss, 100 * error))


main()
