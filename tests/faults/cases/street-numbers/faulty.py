import logging
import warnings

import lightning as L
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", ".*num_workers.*")


class DigitData(L.LightningDataModule):
    def setup(self, stage):
        digits = load_digits()
        x, y = torch.tensor(digits.data, dtype=torch.float32), torch.tensor(digits.target)
        order = torch.randperm(len(x))
        self.train_set = TensorDataset(x[order[:1300]], y[order[:1300]])
        self.val_set = TensorDataset(x[order[1300:]], y[order[1300:]])

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=26, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=497)


class DigitNet(L.LightningModule):
    def __init__(self, depth=5, width=64, lr=0.05):
        super().__init__()
        self.lr = lr
        sizes = [64] + [width] * depth
        blocks = [nn.BatchNorm1d(64)]
        for a, b in zip(sizes[:-1], sizes[1:]):
            blocks += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.Sigmoid()]
        self.net = nn.Sequential(*blocks, nn.Linear(width, 10))

    def preview(self, n=5):
        x, y = self.trainer.datamodule.val_set[:n]
        self.eval()
        with torch.no_grad():
            guess = self.net(x).argmax(1)
        print("guessed", guess.tolist(), "true", y.tolist())

    def on_train_epoch_start(self):
        self.preview()

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self.net(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        out = self.net(x)
        self.log_dict({"val_loss": F.cross_entropy(out, y), "val_acc": (out.argmax(1) == y).float().mean()})

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


L.seed_everything(103, verbose=False)
trainer = L.Trainer(max_epochs=8, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(DigitNet(), DigitData())
seen = trainer.callback_metrics
print(f"after {trainer.current_epoch} epochs: val loss {seen['val_loss'].item():.3f}, val accuracy {seen['val_acc'].item():.3f}")
