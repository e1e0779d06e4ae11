import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def synthetic_ratings(n_users=300, n_films=200, n_ratings=18000, rank=3, seed=0):
    rng = np.random.default_rng(seed)
    taste, genre = rng.normal(0, 0.75, (n_users, rank)), rng.normal(0, 0.75, (n_films, rank))
    mild, liked = rng.normal(0, 0.3, n_users), rng.normal(0, 0.4, n_films)
    pairs = rng.choice(n_users * n_films, n_ratings, replace=False)
    user, film = pairs // n_films, pairs % n_films
    stars = 3.3 + mild[user] + liked[film] + (taste[user] * genre[film]).sum(1) + rng.normal(0, 0.25, n_ratings)
    return user, film, stars.astype(np.float32)


class MatrixFactorization(L.LightningModule):
    def __init__(self, n_users, n_films, mean, n_factors=4, lr=1e-2):
        super().__init__()
        self.save_hyperparameters()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.film_factors = nn.Embedding(n_films, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.film_bias = nn.Embedding(n_films, 1)
        for emb in (self.user_factors, self.film_factors):
            nn.init.normal_(emb.weight, std=0.1)
        for emb in (self.user_bias, self.film_bias):
            nn.init.zeros_(emb.weight)

    def forward(self, user, film):
        p = self.user_factors(user)
        q = self.film_factors(film)
        bias = self.user_bias(user) + self.film_bias(film)
        return self.hparams.mean + bias.squeeze(1) + (p * q).sum(dim=1)

    def training_step(self, batch, batch_idx):
        user, film, stars = batch
        loss = nn.functional.mse_loss(self(user, film), stars)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        user, film, stars = batch
        self.log("val_mse", nn.functional.mse_loss(self(user, film), stars))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr, weight_decay=2e-5)


def main():
    L.seed_everything(42)
    user, film, stars = synthetic_ratings()
    dataset = TensorDataset(torch.as_tensor(user), torch.as_tensor(film), torch.as_tensor(stars))
    train_set, val_set = random_split(dataset, [15000, 3000])
    train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=1000)
    model = MatrixFactorization(300, 200, mean=float(stars[train_set.indices].mean()))
    trainer = L.Trainer(
        max_epochs=12,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, train_loader, val_loader)
    rmse = {name: value.sqrt().item() for name, value in trainer.callback_metrics.items()}
    print(f"RMSE in stars: train {rmse['train_mse']:.3f}, validation {rmse['val_mse']:.3f}, "
          f"of the mean alone {stars.std():.3f}")


if __name__ == "__main__":
    main()
