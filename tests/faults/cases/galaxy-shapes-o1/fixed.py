import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

HPARAMS = {"lr": 3e-3, "step_size": 8, "gamma": 0.3, "batch_size": 40, "epochs": 16, "channels": 12}


def make_galaxies(n, seed, size=20):
    """Round, edge-on, barred or ring galaxies, turned at random, with sky noise."""
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(0, 4, (n,), generator=g)
    turn = torch.rand(n, 1, 1, generator=g) * 3.1416
    line = torch.linspace(-1, 1, size)
    yy, xx = torch.meshgrid(line, line, indexing="ij")
    u = xx * turn.cos() + yy * turn.sin()
    v = -xx * turn.sin() + yy * turn.cos()
    r = (u**2 + v**2).sqrt()
    round_ = torch.exp(-r / 0.3)
    edge_on = torch.exp(-(u / 0.6) ** 2 - (v / 0.15) ** 2)
    barred = 0.6 * torch.exp(-(u / 0.45) ** 2 - (v / 0.12) ** 2) + 0.5 * torch.exp(-((r - 0.6) / 0.15) ** 2)
    ring = torch.exp(-((r - 0.5) / 0.15) ** 2)
    picture = torch.stack([round_, edge_on, barred, ring])[kind, torch.arange(n)]
    picture = picture + 0.45 * torch.randn(n, size, size, generator=g)
    return TensorDataset((picture[:, None] - 0.2) / 0.5, kind)


class GalaxyNet(L.LightningModule):
    def __init__(self, hp):
        super().__init__()
        self.hp = hp
        c = hp["channels"]
        self.features = nn.Sequential(
            nn.Conv2d(1, c, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(c, 2 * c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        )
        self.classifier = nn.Linear(2 * c * 25, 4)

    def forward(self, x):
        return self.classifier(self.features(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.cross_entropy(self(x), y)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", nn.functional.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.hp["lr"], momentum=0.9, weight_decay=1e-4)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, self.hp["step_size"], self.hp["gamma"])
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "epoch"},
        }


if __name__ == "__main__":
    L.seed_everything(14, verbose=False)
    train_loader = DataLoader(make_galaxies(1600, 1), batch_size=HPARAMS["batch_size"], shuffle=True)
    val_loader = DataLoader(make_galaxies(400, 2), batch_size=200)
    trainer = L.Trainer(
        max_epochs=HPARAMS["epochs"], accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(GalaxyNet(HPARAMS), train_loader, val_loader)
    report = trainer.callback_metrics
    print(f"train loss {report['train_loss']:.3f} | val loss {report['val_loss']:.3f} | val acc {report['val_acc']:.3f}")
