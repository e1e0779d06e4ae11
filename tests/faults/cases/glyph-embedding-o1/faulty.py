import lightning as L
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def pairwise_distances(e):
    difference = e[:, None, :] - e[None, :, :]
    return torch.sqrt(difference.pow(2).sum(dim=2))


def batch_hard_triplet_loss(embeddings, labels, margin=0.5):
    """Hermans et al.: hardest positive and hardest negative for every anchor."""
    dist = pairwise_distances(embeddings)
    same = labels[:, None] == labels[None, :]
    hardest_positive = dist.masked_fill(~same, 0).max(dim=1).values
    hardest_negative = dist.masked_fill(same, float("inf")).min(dim=1).values
    return F.relu(hardest_positive - hardest_negative + margin).mean()


class EmbeddingNet(L.LightningModule):
    def __init__(self, dim=8):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        )
        self.project = nn.Linear(32 * 16, dim)

    def forward(self, x):
        return F.normalize(self.project(self.conv(x)), dim=1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = batch_hard_triplet_loss(self(x), y)
        self.log("loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        gallery_x, gallery_y = self.trainer.train_dataloader.dataset.tensors
        nearest = torch.cdist(self(x), self(gallery_x)).argmin(dim=1)
        self.log("recall_at_1", (gallery_y[nearest] == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(5, verbose=False)
    X, y = load_digits(return_X_y=True)
    X = torch.tensor(X, dtype=torch.float32).view(-1, 1, 8, 8) / 8 - 1
    X_train, X_val, y_train, y_val = train_test_split(X, torch.tensor(y), test_size=0.3, stratify=y, random_state=5)
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=60, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=len(X_val))
    net = EmbeddingNet()
    trainer = L.Trainer(
        max_epochs=10, accelerator="cpu", num_sanity_val_steps=0, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(net, train_loader, val_loader)
    m = trainer.callback_metrics
    print(f"triplet loss {m['loss'].item():.4f}, validation recall@1 {m['recall_at_1'].item():.3f}")
