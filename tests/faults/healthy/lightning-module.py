import logging
import warnings

import lightning as L
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


class LitClassifier(L.LightningModule):
    def __init__(self, hidden=64, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.model = nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(hidden, 10))
        self.history = []

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self.model(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        out = self.model(x)
        self.history.append((F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


L.seed_everything(1, verbose=False)
digits = load_digits()
full = TensorDataset(torch.tensor(digits.images / 8 - 1, dtype=torch.float32), torch.tensor(digits.target))
train_set, val_set = random_split(full, [1400, 397])
lit = LitClassifier()
trainer = L.Trainer(max_epochs=10, accelerator="cpu", logger=False, enable_checkpointing=False, accumulate_grad_batches=2,
                    gradient_clip_val=1.0, enable_progress_bar=False, enable_model_summary=False)
trainer.fit(lit, DataLoader(train_set, batch_size=20, shuffle=True), DataLoader(val_set, batch_size=397))
for epoch, (loss, acc) in enumerate(lit.history):
    print(f"after {epoch} epochs: val loss {loss:.4f} val acc {acc:.3f}")
