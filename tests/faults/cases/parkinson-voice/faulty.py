import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class VoiceClassifier(nn.Module):
    def __init__(self, n_features, hidden=(48, 24)):
        super().__init__()
        layers = []
        for width in hidden:
            layers += [nn.Linear(n_features, width), nn.LayerNorm(width), nn.GELU()]
            n_features = width
        layers.append(nn.Linear(n_features, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x).squeeze(-1)


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=1e-3):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.loss_fn = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.history = []

    def forward_backward(self, batch):
        x, y = batch
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        return loss.item()

    def update(self):
        self.optimizer.zero_grad()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()

    def run_epoch(self):
        self.model.train()
        total = 0.0
        for batch in self.train_loader:
            total += self.forward_backward(batch)
            self.update()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        right = count = 0
        for x, y in self.val_loader:
            right += ((self.model(x) > 0) == (y > 0.5)).sum().item()
            count += len(y)
        return right / count

    def fit(self, epochs):
        for epoch in range(epochs):
            row = {"epoch": epoch + 1, "loss": self.run_epoch(), "val_acc": self.validate()}
            self.history.append(row)
            print("epoch {epoch:2d} loss {loss:.4f} val accuracy {val_acc:.3f}".format(**row))


def main():
    torch.manual_seed(3)
    X, y = make_classification(3000, 22, n_informative=9, n_clusters_per_class=3, class_sep=1.3, flip_y=0.01, random_state=3)
    X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.25, random_state=3)
    scaler = StandardScaler().fit(X_tr)
    train_set, val_set = [TensorDataset(torch.tensor(scaler.transform(a), dtype=torch.float32),
                                        torch.tensor(b, dtype=torch.float32)) for a, b in ((X_tr, y_tr), (X_va, y_va))]
    trainer = Trainer(VoiceClassifier(22), DataLoader(train_set, batch_size=32, shuffle=True), DataLoader(val_set, batch_size=128))
    trainer.fit(10)


main()
