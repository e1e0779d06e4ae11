import resource

import torch
import torch.nn as nn
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, TensorDataset


def make_patches(n, generator):
    """Stripes in one of four directions under noise."""
    label = torch.randint(0, 4, (n,), generator=generator)
    angle = label * torch.pi / 4 + 0.1 * torch.randn(n, generator=generator)
    phase = 2 * torch.pi * torch.rand(n, generator=generator)
    freq = 0.9 + 0.4 * torch.rand(n, generator=generator)
    yy, xx = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    along = torch.cos(angle)[:, None, None] * xx + torch.sin(angle)[:, None, None] * yy
    image = torch.sin(freq[:, None, None] * along + phase[:, None, None])
    return image[:, None] + 0.8 * torch.randn(n, 1, 24, 24, generator=generator), label


class PatchNet(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, width, 5, padding=2), nn.BatchNorm2d(width), nn.ReLU())
        self.block = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        return self.head(self.block(self.stem(x)).mean(dim=(2, 3)))


def evaluate(model, loader, criterion, accelerator):
    model.eval()
    loss_sum, hits, seen = 0.0, 0, 0
    for images, labels in loader:
        logits = model(images)
        logits, labels = accelerator.gather_for_metrics((logits, labels))
        loss_sum += criterion(logits, labels).item() * len(labels)
        hits += (logits.argmax(dim=-1) == labels).sum().item()
        seen += len(labels)
    return loss_sum / seen, hits / seen


def main():
    set_seed(21)
    accelerator = Accelerator(cpu=True)
    generator = torch.Generator().manual_seed(21)
    train_loader = DataLoader(TensorDataset(*make_patches(1600, generator)), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(*make_patches(3000, generator)), batch_size=3000)
    model = PatchNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model, optimizer, train_loader, val_loader = accelerator.prepare(model, optimizer, train_loader, val_loader)
    criterion = nn.CrossEntropyLoss()

    for epoch in range(5):
        model.train()
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            accelerator.backward(loss)
            optimizer.step()
        val_loss, val_acc = evaluate(model, val_loader, criterion, accelerator)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        accelerator.print(f"epoch {epoch + 1} val loss {val_loss:.3f} val acc {val_acc:.3f} peak memory {peak} MB")


main()
