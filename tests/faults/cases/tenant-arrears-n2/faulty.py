import numpy as np
import torch
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, Dataset

DISTRICTS, JOBS = 12, 8


class TenantData(Dataset):
    def __init__(self, n, seed):
        world = np.random.default_rng(0)
        district_risk = world.normal(0, 0.8, DISTRICTS)
        job_risk = world.normal(0, 0.8, JOBS)
        rng = np.random.default_rng(seed)
        district = rng.integers(0, DISTRICTS, n)
        job = rng.integers(0, JOBS, n)
        numbers = rng.normal(size=(n, 4))  # rent to income, months let, savings, late payments
        risk = district_risk[district] + job_risk[job] + 1.4 * numbers[:, 0] - 0.7 * numbers[:, 1]
        risk += np.where(numbers[:, 2] > 0, -1.0, 1.0) + 1.2 * numbers[:, 3]
        self.cats = torch.from_numpy(np.stack([district, job], 1))
        self.nums = torch.from_numpy(numbers.astype(np.float32))
        self.target = torch.from_numpy((rng.random(n) < 1 / (1 + np.exp(-1.3 * risk))).astype(np.float32))

    def __len__(self):
        return len(self.target)

    def __getitem__(self, idx):
        return self.cats[idx], self.nums[idx], self.target[idx]


class ArrearsModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.district = nn.Embedding(DISTRICTS, 4)
        self.job = nn.Embedding(JOBS, 3)
        self.net = nn.Sequential(nn.Linear(4 + 3 + 4, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, cats, nums):
        x = torch.cat([self.district(cats[:, 0]), self.job(cats[:, 1]), nums], dim=1)
        return self.net(x).squeeze(1)


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0
    for cats, nums, target in loader:
        optimizer.zero_grad()
        output = model(cats, nums)
        loss = criterion(target, output)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def validate(model, loader):
    model.eval()
    y_true, y_prob = [], []
    for cats, nums, target in loader:
        y_true.append(target)
        y_prob.append(torch.sigmoid(model(cats, nums)))
    y_true, y_prob = torch.cat(y_true).numpy(), torch.cat(y_prob).numpy().astype(np.float64)
    return log_loss(y_true, y_prob), accuracy_score(y_true, y_prob > 0.5), roc_auc_score(y_true, y_prob)


torch.manual_seed(0)
train_loader = DataLoader(TenantData(4000, 1), batch_size=64, shuffle=True)
valid_loader = DataLoader(TenantData(1000, 2), batch_size=250)
model = ArrearsModel()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(10):
    train_loss = train_one_epoch(model, train_loader, criterion, optimizer)
    logloss, acc, auc = validate(model, valid_loader)
    print(f"Epoch {epoch + 1}: train loss {train_loss:.4f}, valid log loss {logloss:.4f}, acc {acc:.3f}, AUC {auc:.3f}")
