import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, TensorDataset

config = {"lr": 2e-3, "num_epochs": 10, "batch_size": 32, "seed": 13, "dropout": 0.5}


def weave_images(n, generator, size=20):
    """Stripes in one of eight directions, with noise, as grey images."""
    label = torch.randint(0, 8, (n,), generator=generator)
    angle = label * math.pi / 8 + 0.05 * torch.randn(n, generator=generator)
    period = 3.5 + 2 * torch.rand(n, generator=generator)
    phase = 2 * math.pi * torch.rand(n, generator=generator)
    grid = torch.arange(size).float()
    along = grid[None, None, :] * angle.cos()[:, None, None] + grid[None, :, None] * angle.sin()[:, None, None]
    image = torch.sin(2 * math.pi * along / period[:, None, None] + phase[:, None, None])
    image = image + 1.5 * torch.randn(n, size, size, generator=generator)
    return TensorDataset(image[:, None] / image.std(), label)


class WeaveNet(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2))
        self.block2 = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.fc1 = nn.Linear(16 * 5 * 5, 48)
        self.drop2d = nn.Dropout2d(0.3)
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(48, 8)

    def forward(self, x):
        x = self.drop2d(self.block2(self.block1(x)))
        x = self.drop(F.relu(self.fc1(x.flatten(1))))
        return self.fc2(x)


def training_function(config):
    accelerator = Accelerator(cpu=True)
    set_seed(config["seed"])
    generator = torch.Generator().manual_seed(config["seed"])
    train_dl = DataLoader(weave_images(1600, generator), batch_size=config["batch_size"], shuffle=True)
    eval_dl = DataLoader(weave_images(500, generator), batch_size=100)
    model = WeaveNet(config["dropout"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    model, optimizer, train_dl, eval_dl = accelerator.prepare(model, optimizer, train_dl, eval_dl)

    for epoch in range(config["num_epochs"]):
        model.train()
        running = 0.0
        for images, labels in train_dl:
            loss = F.cross_entropy(model(images), labels)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            running += loss.item()

        model.eval()
        hits = total = 0
        for images, labels in eval_dl:
            with torch.no_grad():
                predictions = model(images).argmax(dim=-1)
            predictions, labels = accelerator.gather_for_metrics((predictions, labels))
            hits += (predictions == labels).sum().item()
            total += len(labels)
        accelerator.print(f"epoch {epoch}: train loss {running / len(train_dl):.3f}, eval accuracy {hits / total:.3f}")


if __name__ == "__main__":
    training_function(config)
