import math

import torch
from accelerate import Accelerator
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset


class PlantSensors(Dataset):
    """24 correlated readings; a fifth of them is missing and set to zero."""

    def __init__(self, n, seed, n_sensors=24, n_states=4):
        g = torch.Generator().manual_seed(seed)
        mixing = torch.randn(n_states, n_sensors, generator=torch.Generator().manual_seed(0))
        state = torch.randn(n, n_states, generator=g)
        self.full = state @ mixing / n_states**0.5 + 0.1 * torch.randn(n, n_sensors, generator=g)
        self.known = (torch.rand(n, n_sensors, generator=g) > 0.2).float()

    def __len__(self):
        return len(self.full)

    def __getitem__(self, i):
        return self.full[i], self.known[i]


class Imputer(nn.Module):
    def __init__(self, n_sensors=24, width=96):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2 * n_sensors, width), nn.GELU(),
            nn.Linear(width, width), nn.GELU(),
            nn.Linear(width, n_sensors),
        )

    def forward(self, readings, known):
        return self.net(torch.cat([readings * known, known], dim=-1))


def masked_mse(pred, full, known):
    missing = 1 - known
    return ((pred - full) ** 2 * missing).sum() / missing.sum().clamp(min=1)


def training_function(config):
    torch.manual_seed(config["seed"])
    accelerator = Accelerator(cpu=True)
    train_dataloader = DataLoader(PlantSensors(4000, 1), batch_size=config["batch_size"], shuffle=True)
    eval_dataloader = DataLoader(PlantSensors(800, 2), batch_size=400)
    model = Imputer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    total = config["num_epochs"] * len(train_dataloader)
    lr_scheduler = LambdaLR(optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(step / total, 1.0))))
    model, optimizer, train_dataloader, eval_dataloader, lr_scheduler = accelerator.prepare(
        model, optimizer, train_dataloader, eval_dataloader, lr_scheduler
    )
    for epoch in range(config["num_epochs"]):
        model.train()
        for full, known in train_dataloader:
            loss = masked_mse(model(full, known), full, known)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.zero_grad()
            optimizer.step()
            lr_scheduler.step()

        model.eval()
        errors = []
        for full, known in eval_dataloader:
            with torch.no_grad():
                errors.append(masked_mse(model(full, known), full, known))
        eval_mse = torch.stack(errors).mean().item()
        accelerator.print(f"epoch {epoch}: train loss {loss.item():.3f} eval mse of the missing {eval_mse:.3f}")


training_function({"lr": 3e-3, "num_epochs": 12, "seed": 42, "batch_size": 64})
