import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class DigitNet(nn.Module):
    def __init__(self, p=0.3):
        super().__init__()
        self.conv = nn.Conv2d(1, 24, 3)
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(24 * 9, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.fc(self.drop(x.flatten(1)))


class Trainer:
    def __init__(self, model, train_data, val_data, optimizer, batch_size=20):
        self.model = model
        self.optimizer = optimizer
        self.train_loader = DataLoader(train_data, batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(val_data, batch_size=256)

    def train_step(self, batch):
        x, y = batch
        loss = F.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def score(self):
        self.model.eval()
        correct, loss, total = 0, 0.0, 0
        for x, y in self.val_loader:
            out = self.model(x)
            correct += (out.argmax(dim=1) == y).sum().item()
            loss += F.cross_entropy(out, y, reduction="sum").item()
            total += len(y)
        return {"val_loss": loss / total, "val_acc": correct / total}

    def run(self, epochs):
        history = []
        for epoch in range(epochs):
            self.model.train()
            for batch in self.train_loader:
                self.train_step(batch)
            history.append(self.score())
            line = " ".join(f"{name} {value:.3f}" for name, value in history[-1].items())
            print(f"epoch {epoch + 1} {line}")
        return history


torch.manual_seed(12)
images, labels = load_digits(return_X_y=True)
images = torch.tensor(images, dtype=torch.float32).view(-1, 1, 8, 8) / 16
images = (images - 0.305) / 0.376 + 0.9 * torch.randn(len(images), 1, 8, 8)
labels = torch.tensor(labels)
order = torch.randperm(len(images))
train_data = TensorDataset(images[order[:300]], labels[order[:300]])
val_data = TensorDataset(images[order[300:]], labels[order[300:]])

model = DigitNet()
trainer = Trainer(model, train_data, val_data, torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=2e-2))
trainer.run(20)
