import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

ASSAYS = 12


def screen(n, seed):
    rng = np.random.default_rng(seed)
    bits = (rng.random((n, 100)) < 0.2).astype("float32")
    rule = np.random.default_rng(0)
    effect = rule.normal(size=(100, ASSAYS)) * (rule.random((100, ASSAYS)) < 0.15)
    potency = bits @ effect
    potency = (potency - potency.mean(0)) / potency.std(0)
    values = np.tanh(potency) + 0.1 * rng.normal(size=potency.shape)
    measured = rng.random((n, ASSAYS)) < np.linspace(0.6, 0.12, ASSAYS)
    return (torch.tensor((bits - 0.2) / 0.4), torch.tensor(values, dtype=torch.float32), torch.tensor(measured).float())


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Dropout(0.2))
        self.heads = nn.ModuleList(nn.Linear(64, 1) for _ in range(ASSAYS))

    def forward(self, bits):
        h = self.trunk(bits)
        return torch.cat([head(h) for head in self.heads], dim=1)


def masked_mse(prediction, value, measured):
    """Mean over what was measured, assay by assay, so that rare assays count as much as frequent ones."""
    squared = (prediction - value) ** 2 * measured
    per_assay = squared.sum(0) / measured.sum(0)
    return per_assay.mean()


torch.manual_seed(67)
loader = DataLoader(TensorDataset(*screen(3000, 1)), batch_size=40, shuffle=True)
bits_val, values_val, measured_val = screen(800, 2)
model = MultiTask()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
for epoch in range(1, 11):
    model.train()
    losses = []
    for bits, values, measured in loader:
        loss = masked_mse(model(bits), values, measured)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        val = masked_mse(model(bits_val), values_val, measured_val).item()
    print(f"epoch {epoch}: train {np.mean(losses):.4f} validation {val:.4f}")
