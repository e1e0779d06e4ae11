import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

KINDS = ["diatom", "copepod", "chain"]


def plankton(n, seed, size=20):
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(3, (n,), generator=g)
    grid = torch.arange(size).float() - size / 2
    turn = 6.283 * torch.rand(n, 1, 1, generator=g)
    cy, cx = 4 * torch.rand(2, n, 1, 1, generator=g) - 2
    dy, dx = grid.view(1, -1, 1) - cy, grid.view(1, 1, -1) - cx
    u, v = dx * turn.cos() + dy * turn.sin(), dy * turn.cos() - dx * turn.sin()
    ring = torch.exp(-((u ** 2 + v ** 2).sqrt() - 5) ** 2)
    body = torch.exp(-(u / 5) ** 2 - (v / 2) ** 2) + torch.exp(-((u - 3) / 1) ** 2 - (v / 6) ** 2)
    chain = torch.exp(-(v / 1.5) ** 2) * (1 + torch.cos(1.6 * u)) * (u.abs() < 8) * 0.7
    image = torch.stack([ring, body, chain])[kind, torch.arange(n)]
    image = image + 0.45 * torch.randn(image.shape, generator=g)
    return TensorDataset((image.unsqueeze(1) - 0.22) / 0.55, kind)


def block(n_in, n_out, stride=1):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())


class PlanktonNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            block(1, 12), block(12, 12), block(12, 16, 2), block(16, 16), block(16, 24, 2), block(24, 24),
            block(24, 32, 2), block(32, 32),
        )
        self.classifier = nn.Linear(32, len(KINDS))

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)


def main():
    L.seed_everything(27)
    train_set, val_set = plankton(1600, 0), plankton(400, 1)
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=200)

    model = PlanktonNet()
    model.eval()
    with torch.no_grad():
        x, y = val_set.tensors
        start = F.cross_entropy(model(x), y).item()
    print(f"before training: val loss {start:.3f}")

    trainer = L.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(model, train_loader, val_loader)
    print("after training: " + "  ".join(f"{k} {v:.3f}" for k, v in trainer.callback_metrics.items()))


if __name__ == "__main__":
    main()
