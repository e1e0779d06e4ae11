import argparse

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class TotalFlow(Dataset):
    """Sequences of inflows with a gate signal; the target is the sum of inflows while the gate was open."""

    def __init__(self, n, steps, seed):
        g = torch.Generator().manual_seed(seed)
        inflow = torch.randn(n, steps, generator=g)
        gate = (torch.rand(n, steps, generator=g) < 0.1).float()
        self.x = torch.stack([inflow, gate], dim=-1)
        self.y = (inflow * gate).sum(dim=1, keepdim=True) / (0.1 * steps) ** 0.5

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class FlowRNN(pl.LightningModule):
    def __init__(self, hidden, lr):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        nn.init.eye_(self.rnn.weight_hh_l0)  # Le, Jaitly, Hinton 2015
        nn.init.zeros_(self.rnn.bias_hh_l0)
        nn.init.zeros_(self.rnn.bias_ih_l0)
        self.readout = nn.Linear(hidden, 1)
        self.lr = lr

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.readout(states[:, -1])

    def step(self, batch):
        x, y = batch
        return nn.functional.mse_loss(self(x), y)

    def training_step(self, batch, batch_idx):
        loss = self.step(batch)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val_mse", self.step(batch))

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.lr)
        return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.trainer.max_epochs)]


def main(args):
    pl.seed_everything(args.seed, verbose=False)
    train = DataLoader(TotalFlow(3000, args.steps, seed=1), batch_size=50, shuffle=True)
    val = DataLoader(TotalFlow(400, args.steps, seed=2), batch_size=200)
    model = FlowRNN(args.hidden, args.lr)
    trainer = pl.Trainer(
        max_epochs=args.epochs,
        accelerator="cpu",
        num_sanity_val_steps=0,
        gradient_clip_val=0.5,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, train, val)
    metrics = trainer.callback_metrics
    print(f"mean squared error: training {metrics['train_mse']:.4f}, validation {metrics['val_mse']:.4f} (variance 1)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--lr", type=float, default=0.004)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
