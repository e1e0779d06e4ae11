import logging
import math

import lightning as L
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
L.seed_everything(9)

NOTES, LENGTH = 14, 24


def tunes(n, gen):
    """The next note depends on the last two; one time in six it is a free choice."""
    rule = torch.randint(NOTES, (NOTES, NOTES), generator=torch.Generator().manual_seed(1))
    seq = torch.randint(NOTES, (n, LENGTH + 1), generator=gen)
    for t in range(2, LENGTH + 1):
        follow = rule[seq[:, t - 2], seq[:, t - 1]]
        free = torch.rand(n, generator=gen) < 1 / 6
        seq[:, t] = torch.where(free, seq[:, t], follow)
    return seq


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=64):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, d_model)
        pe[:, 0::2], pe[:, 1::2] = torch.sin(position * div), torch.cos(position * div)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(1)]


class TuneTransformer(L.LightningModule):
    def __init__(self, d_model=64, heads=4, layers=2, lr=2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.embed = nn.Embedding(NOTES, d_model)
        self.pos = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, heads, 128, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, NOTES)

    def forward(self, notes):
        h = self.pos(self.embed(notes))
        mask = nn.Transformer.generate_square_subsequent_mask(notes.size(1))
        h = self.encoder(h, mask=mask)
        return self.head(h)

    def training_step(self, seq, _):
        loss = F.cross_entropy(self(seq[:, :-1]).transpose(1, 2), seq[:, 1:])
        self.log("train_loss", loss, on_epoch=True)
        return loss

    def validation_step(self, seq, _):
        logits = self(seq[:, :-1])
        self.log("val_loss", F.cross_entropy(logits.transpose(1, 2), seq[:, 1:]))
        self.log("val_acc", (logits.argmax(-1) == seq[:, 1:]).float().mean())
        # play on from the whole tune so far
        self.log("play_acc", (logits[:, -1].argmax(-1) == seq[:, -1]).float().mean())

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


gen = torch.Generator().manual_seed(9)
train, val = DataLoader(tunes(2000, gen), batch_size=50, shuffle=True), DataLoader(tunes(400, gen), batch_size=200)
trainer = L.Trainer(max_epochs=10, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(TuneTransformer(), train, val)
m = {k: v.item() for k, v in trainer.callback_metrics.items()}
print(f"train loss {m['train_loss']:.3f} val loss {m['val_loss']:.3f}")
print(f"val accuracy {m['val_acc']:.3f}, playing on {m['play_acc']:.3f} (at best about 0.85)")
