import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split


def conv_block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.Sigmoid())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(conv_block(1, 12), conv_block(12, 16), nn.MaxPool2d(2),
                                    conv_block(16, 24), conv_block(24, 24), nn.AvgPool2d(2))
        self.fc = nn.Linear(24 * 4, 10)

    def forward(self, x):
        return self.fc(self.blocks(x).flatten(1))


class Trainer:
    def __init__(self, model, train_set, val_set, lr):
        self.model, self.loss_fn = model, nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
        self.val_loader = DataLoader(val_set, batch_size=128)

    def evaluate(self):
        self.model.eval()
        hits = loss = n = 0
        with torch.no_grad():
            for x, y in self.val_loader:
                out = self.model(x)
                loss += self.loss_fn(out, y).item() * len(y)
                hits += (out.argmax(1) == y).sum().item()
                n += len(y)
        return loss / n, hits / n

    def run_epoch(self):
        total = 0.0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    def fit(self, epochs):
        print("before training: loss %.3f, accuracy %.3f" % self.evaluate())
        for epoch in range(1, epochs + 1):
            train_loss = self.run_epoch()
            val_loss, acc = self.evaluate()
            print(f"epoch {epoch}: train {train_loss:.3f}, val {val_loss:.3f}, accuracy {acc:.3f}")


torch.manual_seed(3)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
train_set, val_set = random_split(TensorDataset(images, torch.tensor(digits.target)), [1400, 397])
Trainer(Net(), train_set, val_set, lr=0.05).fit(6)
