import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

INSECTS = {"honey bee": 230, "bumblebee": 160, "hoverfly": 120, "house fly": 190, "mosquito": 300}
RATE, LENGTH = 2000, 160

# training
BATCH_SIZE = 16
ACCUM_STEPS = 4
EPOCHS = 24
LR = 3e-3


def recordings(n, seed):
    gen = torch.Generator().manual_seed(seed)
    kind = torch.randint(len(INSECTS), (n,), generator=gen)
    beat = torch.tensor(list(INSECTS.values())).float()[kind] * (1 + 0.04 * torch.randn(n, generator=gen))
    t = torch.arange(LENGTH) / RATE
    phase = 2 * math.pi * torch.rand(n, 2, 1, generator=gen)
    angle = 2 * math.pi * beat[:, None] * t
    sound = torch.sin(angle + phase[:, 0]) + 0.5 * torch.sin(2 * angle + phase[:, 1])
    sound = sound + 0.8 * torch.randn(n, LENGTH, generator=gen)
    return TensorDataset(sound.unsqueeze(1) / 1.1, kind)


def build_model():
    return nn.Sequential(
        nn.Conv1d(1, 24, 25, padding=12), nn.BatchNorm1d(24), nn.ReLU(), nn.MaxPool1d(4),
        nn.Conv1d(24, 32, 9, padding=4), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(32, len(INSECTS)),
    )


def train_one_epoch(model, loader, optimizer, criterion):
    model.train()
    optimizer.zero_grad()
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / ACCUM_STEPS).backward()
        if (i + 1) % ACCUM_STEPS == 0:
            optimizer.step()
            optimizer.zero_grad()
        running += loss.item()
    return running / len(loader)


@torch.no_grad()
def validate(model, loader):
    model.eval()
    correct = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return correct / len(loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(2)
    train_loader = DataLoader(recordings(832, 0), batch_size=BATCH_SIZE, shuffle=True)
    val_loader = DataLoader(recordings(250, 1), batch_size=125)
    model = build_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        loss = train_one_epoch(model, train_loader, optimizer, criterion)
        if (epoch + 1) % 4 == 0:
            print(f"Epoch {epoch + 1}/{EPOCHS}: train loss {loss:.4f} val acc {validate(model, val_loader):.4f}")
