import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        nn.init.kaiming_normal_(self.fc1.weight)
        nn.init.kaiming_normal_(self.fc2.weight)

    def forward(self, x):
        return x + self.fc2(F.relu(self.fc1(self.norm(x))))


class PondNet(nn.Module):
    def __init__(self, n_in=10, width=32, n_blocks=24, n_classes=3):
        super().__init__()
        self.stem = nn.Linear(n_in, width)
        self.blocks = nn.Sequential(*[ResidualBlock(width) for _ in range(n_blocks)])
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


class Experiment:
    def __init__(self, seed):
        torch.manual_seed(seed)
        X, y = make_classification(n_samples=2400, n_features=10, n_informative=8, n_redundant=0, n_classes=3,
                                   class_sep=1.4, flip_y=0.01, random_state=seed)
        parts = train_test_split(X, y, test_size=600, random_state=seed)
        mean, std = parts[0].mean(0), parts[0].std(0)
        self.x, self.x_val = (torch.tensor((p - mean) / std, dtype=torch.float32) for p in parts[:2])
        self.y, self.y_val = (torch.tensor(p) for p in parts[2:])
        self.net = PondNet()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def run(self, epochs):
        loader = DataLoader(TensorDataset(self.x, self.y), batch_size=50, shuffle=True)
        for epoch in range(1, epochs + 1):
            self.net.train()
            total = 0.0
            for x, y in loader:
                loss = F.cross_entropy(self.net(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            self.net.eval()
            with torch.no_grad():
                acc = (self.net(self.x_val).argmax(1) == self.y_val).float().mean().item()
            print(f"epoch {epoch}: loss {total / len(loader):.4f}, val accuracy {acc:.3f}")


if __name__ == "__main__":
    Experiment(seed=3).run(epochs=8)
