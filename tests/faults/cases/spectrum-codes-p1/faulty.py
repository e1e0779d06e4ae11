import logging

import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
BANDS = 64


def spectra(n, gen):
    """Two absorption bands of varying place and depth, plus sensor noise."""
    wave = torch.linspace(0, 1, BANDS)
    place = torch.rand(n, 2, 1, generator=gen) * 0.4 + torch.tensor([[0.05], [0.55]])
    depth = torch.rand(n, 2, 1, generator=gen) + 0.5
    dips = (depth * torch.exp(-((wave - place) / 0.08) ** 2)).sum(1)
    return -dips + 0.03 * torch.randn(n, BANDS, generator=gen)


class SpectraCoder(L.LightningModule):
    def __init__(self, code=4, lr_enc=1e-3, lr_dec=2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.encoder = nn.Sequential(nn.Linear(BANDS, 96), nn.SiLU(), nn.Linear(96, 48), nn.SiLU(), nn.Linear(48, code))
        self.decoder = nn.Sequential(nn.Linear(code, 48), nn.SiLU(), nn.Linear(48, 96), nn.SiLU(), nn.Linear(96, BANDS))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        (x,) = batch
        opt_enc, opt_dec = self.optimizers()
        loss = nn.functional.mse_loss(self(x), x)
        self.manual_backward(loss)
        opt_enc.step()
        opt_dec.step()
        self.log("train_loss", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch, batch_idx):
        (x,) = batch
        loss = nn.functional.mse_loss(self(x), x)
        self.log("val_loss", loss)
        self.log("val_explained", 1 - loss / x.var(0).mean())

    def on_train_epoch_end(self):
        if self.current_epoch % 5 == 4:
            m = self.trainer.callback_metrics
            print(f"epoch {self.current_epoch + 1:2d} train {m['train_loss']:.4f} val {m['val_loss']:.4f} "
                  f"explained {m['val_explained']:.3f}")

    def configure_optimizers(self):
        return (torch.optim.Adam(self.encoder.parameters(), lr=self.hparams.lr_enc),
                torch.optim.Adam(self.decoder.parameters(), lr=self.hparams.lr_dec))


def main():
    L.seed_everything(2)
    gen = torch.Generator().manual_seed(2)
    x = spectra(2500, gen)
    x = (x - x[:2000].mean()) / x[:2000].std()
    train = DataLoader(TensorDataset(x[:2000]), batch_size=50, shuffle=True)
    val = DataLoader(TensorDataset(x[2000:]), batch_size=500)
    trainer = L.Trainer(max_epochs=30, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(SpectraCoder(), train, val)


if __name__ == "__main__":
    main()
