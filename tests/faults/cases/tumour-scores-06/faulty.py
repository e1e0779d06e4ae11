import numpy as np
import torch
from sklearn.datasets import make_classification
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset


def seed_everything(seed):
    np.random.seed(seed)
    torch.manual_seed(seed)


def load_patients():
    features, malignant = make_classification(
        n_samples=1400, n_features=40, n_informative=8, n_redundant=0, n_clusters_per_class=4,
        class_sep=0.9, flip_y=0.05, random_state=6)
    features = (features - features.mean(0)) / features.std(0)
    return TensorDataset(torch.tensor(features, dtype=torch.float32), torch.tensor(malignant, dtype=torch.float32))


class Runner:
    def __init__(self, model, lr=2e-3, weight_decay=5e-2):
        self.model = model
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)

    def train(self, loader):
        self.model.train()
        for x, y in loader:
            self.optimizer.zero_grad()
            self.criterion(self.model(x).squeeze(1), y).backward()
            self.optimizer.step()

    @torch.no_grad()
    def test(self, loader):
        self.model.eval()
        loss, right, n = 0.0, 0, 0
        for x, y in loader:
            out = self.model(x).squeeze(1)
            loss += self.criterion(out, y).item() * len(y)
            right += ((out > 0) == (y > 0.5)).sum().item()
            n += len(y)
        return loss / n, right / n


seed_everything(6)
patients = load_patients()
known, later = range(700), range(700, 1400)
sample = np.random.choice(known, size=len(known))
train_part, val_part = sample[:450], sample[450:]

train_loader = DataLoader(Subset(patients, train_part.tolist()), batch_size=25, shuffle=True)
val_loader = DataLoader(Subset(patients, val_part.tolist()), batch_size=200)
later_loader = DataLoader(Subset(patients, later), batch_size=700)

runner = Runner(nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Dropout(0.4), nn.Linear(64, 1)))
for epoch in range(1, 13):
    runner.train(train_loader)
    val_loss, val_acc = runner.test(val_loader)
    print(f"epoch {epoch} val loss {val_loss:.3f} val acc {val_acc:.3f} next year's {runner.test(later_loader)[1]:.3f}")
