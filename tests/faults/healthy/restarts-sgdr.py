import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(9)
torch.manual_seed(9)
angle = rng.uniform(-np.pi, np.pi, (4000, 2))
reach = np.stack([np.cos(angle[:, 0]) + 0.7 * np.cos(angle.sum(1)), np.sin(angle[:, 0]) + 0.7 * np.sin(angle.sum(1))], 1)
x = torch.tensor(angle / 1.8, dtype=torch.float32)
y = torch.tensor(reach, dtype=torch.float32)
train_dl = DataLoader(TensorDataset(x[:3200], y[:3200]), batch_size=64, shuffle=True)

arm = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2))
optimizer = torch.optim.AdamW(arm.parameters(), lr=4e-3)
scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=4, T_mult=2, eta_min=1e-5)
iters = len(train_dl)

for epoch in range(28):
    arm.train()
    for i, (joint, tip) in enumerate(train_dl):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(arm(joint), tip)
        loss.backward()
        optimizer.step()
        scheduler.step(epoch + i / iters)
    if epoch in (3, 11, 27):
        arm.eval()
        with torch.no_grad():
            miss = (arm(x[3200:]) - y[3200:]).norm(dim=1).mean().item()
        print(f"end of the cycle at epoch {epoch + 1}: mean miss {miss:.4f}")
