import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def scenes(n, generator):
    """Two sensors look at the same three hidden causes, each in its own way."""
    cause = torch.randn(n, 3, generator=generator)
    mix = torch.Generator().manual_seed(77)
    a = torch.tanh(0.5 * cause @ torch.randn(3, 16, generator=mix)) + 0.05 * torch.randn(n, 16, generator=generator)
    b = torch.sin(0.5 * cause @ torch.randn(3, 20, generator=mix)) + 0.05 * torch.randn(n, 20, generator=generator)
    return TensorDataset(a, b)


class SensorTranslator(L.LightningModule):
    """Encoder and decoder have an optimizer each, so that their rates can be set apart."""

    def __init__(self, lr_encoder=0.05, lr_decoder=0.05):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.encoder = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 20))

    def forward(self, a):
        return self.decoder(self.encoder(a))

    def training_step(self, batch, batch_idx):
        opt_e, opt_d = self.optimizers()
        a, b = batch
        loss = F.mse_loss(self(a), b)
        self.manual_backward(loss)
        opt_e.step()
        opt_d.step()
        self.log("train_loss", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch, batch_idx):
        a, b = batch
        self.log("val_loss", F.mse_loss(self(a), b))
        self.log("val_r2", 1 - F.mse_loss(self(a), b) / b.var())

    def configure_optimizers(self):
        opt_e = torch.optim.SGD(self.encoder.parameters(), lr=self.hparams.lr_encoder, momentum=0.9)
        opt_d = torch.optim.SGD(self.decoder.parameters(), lr=self.hparams.lr_decoder, momentum=0.9)
        return opt_e, opt_d


def main():
    L.seed_everything(1, verbose=False)
    generator = torch.Generator().manual_seed(1)
    train_loader = DataLoader(scenes(3000, generator), batch_size=32, shuffle=True)
    val_loader = DataLoader(scenes(500, generator), batch_size=250)
    module = SensorTranslator()
    trainer = L.Trainer(
        max_epochs=25,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, train_loader, val_loader)
    figures = trainer.callback_metrics
    print(f"train {figures['train_loss']:.4f}, val {figures['val_loss']:.4f}, val R2 {figures['val_r2']:.3f}")


if __name__ == "__main__":
    main()
