from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class TrainConfig:
    epochs: int = 8
    batch_size: int = 32
    lr: float = 1e-3
    d_model: int = 32
    frames: int = 24
    bands: int = 16
    species: int = 6
    seed: int = 9


def synthesize(n: int, cfg: TrainConfig) -> TensorDataset:
    """Songs: a carrier band that rises, falls, trills, ... with noise."""
    species = torch.randint(0, cfg.species, (n,))
    t = torch.linspace(0, 1, cfg.frames)
    start = 5 + 5 * torch.rand(n, 1)
    shape = torch.stack([
        4 * t, -4 * t, 3 * torch.sin(6.3 * t), 3 * torch.sin(18.9 * t), 4 * (t > 0.5).float(), 0 * t,
    ])
    centre = start + shape[species]
    bands = torch.arange(cfg.bands, dtype=torch.float)
    frames = torch.exp(-(bands - centre.unsqueeze(-1)) ** 2 / 2) + 0.25 * torch.randn(n, cfg.frames, cfg.bands)
    return TensorDataset((frames - 0.15) / 0.35, species)


class SongEncoder(nn.Module):
    def __init__(self, cfg: TrainConfig):
        super().__init__()
        self.proj = nn.Linear(cfg.bands, cfg.d_model)
        self.pos = nn.Parameter(0.02 * torch.randn(1, cfg.frames, cfg.d_model))
        layer = nn.TransformerEncoderLayer(cfg.d_model, nhead=4, dim_feedforward=64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.head = nn.Linear(cfg.d_model, cfg.species)

    def forward(self, x):
        return self.head(self.encoder(self.proj(x) + self.pos).mean(dim=1))


class Trainer:
    def __init__(self, model, cfg, train_set, val_set):
        self.model = model
        self.cfg = cfg
        self.train_loader = DataLoader(train_set, batch_size=cfg.batch_size, shuffle=True)
        self.val_loader = DataLoader(val_set, batch_size=200)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)

    def compute_loss(self, batch):
        frames, species = batch
        return self.criterion(self.model(frames), species)

    def optimizer_step(self):
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for batch in self.train_loader:
            loss = self.compute_loss(batch)
            loss.backward()
            self.optimizer_step()
            total += loss.item()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        losses, correct = [], 0
        for frames, species in self.val_loader:
            logits = self.model(frames)
            losses.append(self.criterion(logits, species).item())
            correct += (logits.argmax(-1) == species).sum().item()
        return sum(losses) / len(losses), correct / len(self.val_loader.dataset)

    def fit(self):
        for epoch in range(self.cfg.epochs):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"[{epoch + 1}/{self.cfg.epochs}] train={train_loss:.4f} val={val_loss:.4f} acc={val_acc:.4f}")


if __name__ == "__main__":
    config = TrainConfig()
    torch.manual_seed(config.seed)
    trainer = Trainer(SongEncoder(config), config, synthesize(1600, config), synthesize(400, config))
    trainer.fit()
