import logging
import warnings

import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

COLUMNS = {"shop": 40, "item": 120, "weekday": 7, "supplier": 30}


def sales_table(n, seed):
    """Log demand, standardised."""
    rng = np.random.default_rng(seed)
    effect = np.random.default_rng(99)
    codes = np.stack([rng.integers(0, size, n) for size in COLUMNS.values()], axis=1)
    parts = [effect.normal(0, sd, size)[codes[:, i]]
             for i, (size, sd) in enumerate(zip(COLUMNS.values(), (0.6, 0.7, 0.3, 0.3)))]
    price = rng.normal(size=n)
    demand = sum(parts) - 0.3 * price + 0.15 * rng.normal(size=n)
    return codes, price.astype("float32"), demand.astype("float32")


class DemandModel(L.LightningModule):
    def __init__(self, cardinalities, emb_dim=3, hidden=32, lr=4e-3):
        super().__init__()
        self.save_hyperparameters()
        self.embeddings = nn.ModuleList([nn.Embedding(size, emb_dim) for size in cardinalities])
        self.mlp = nn.Sequential(
            nn.Linear(emb_dim * len(cardinalities) + 1, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, codes, price):
        vectors = [emb(codes[:, i]) for i, emb in enumerate(self.embeddings)]
        return self.mlp(torch.cat([*vectors, price[:, None]], dim=1)).squeeze(1)

    def shared_step(self, batch, stage):
        codes, price, demand = batch
        loss = nn.functional.mse_loss(self(codes, price), demand)
        self.log(f"{stage}_mse", loss, on_epoch=True, on_step=False)
        return loss

    def training_step(self, batch, batch_idx):
        return self.shared_step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.shared_step(batch, "val")

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


def dataset(n, seed):
    return TensorDataset(*(torch.from_numpy(part) for part in sales_table(n, seed)))


L.seed_everything(30, verbose=False)
train_loader = DataLoader(dataset(8000, 1), batch_size=64, shuffle=True)
val_loader = DataLoader(dataset(1500, 2), batch_size=500)
model = DemandModel(list(COLUMNS.values()))
trainer = L.Trainer(
    max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False,
)
trainer.fit(model, train_loader, val_loader)
print(f"train mse {trainer.callback_metrics['train_mse']:.4f} val mse {trainer.callback_metrics['val_mse']:.4f}")
