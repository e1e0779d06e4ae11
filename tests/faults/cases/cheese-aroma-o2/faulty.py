import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments, set_seed


@dataclass
class Config:
    n_peaks: int = 20
    width: int = 48
    depth: int = 2
    micro_batch: int = 2
    accumulate: int = 8
    epochs: int = 10
    lr: float = 4e-3
    seed: int = 19


cfg = Config()


def aroma_profiles(n, seed):
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(0).normal(size=(4, cfg.n_peaks))
    factors = rng.normal(size=(n, 4))
    peaks = factors @ mix / 2 + 0.2 * rng.normal(size=(n, cfg.n_peaks))
    age = factors[:, 0] + 0.8 * factors[:, 1] * factors[:, 2] + 0.6 * np.sin(2 * factors[:, 3])
    age = age / 1.35 + 0.05 * rng.normal(size=n)
    return peaks.astype("float32"), age.astype("float32")


class AromaDataset(Dataset):
    def __init__(self, n, seed):
        self.peaks, self.age = aroma_profiles(n, seed)

    def __len__(self):
        return len(self.age)

    def __getitem__(self, i):
        return {"peaks": self.peaks[i], "labels": self.age[i]}


class AromaNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        blocks, width = [], cfg.n_peaks
        for _ in range(cfg.depth):
            blocks += [nn.Linear(width, cfg.width), nn.BatchNorm1d(cfg.width), nn.SiLU()]
            width = cfg.width
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(width, 1)

    def forward(self, peaks, labels=None):
        age = self.head(self.body(peaks)).squeeze(-1)
        loss = None if labels is None else nn.functional.mse_loss(age, labels)
        return {"loss": loss, "logits": age}


def r2(p):
    residual = ((p.predictions - p.label_ids) ** 2).mean()
    return {"r2": float(1 - residual / p.label_ids.var())}


set_seed(cfg.seed)
args = TrainingArguments(
    output_dir=tempfile.mkdtemp(), num_train_epochs=cfg.epochs, learning_rate=cfg.lr,
    per_device_train_batch_size=cfg.micro_batch, gradient_accumulation_steps=cfg.accumulate,
    per_device_eval_batch_size=200, eval_strategy="epoch", logging_strategy="epoch",
    save_strategy="no", report_to="none", disable_tqdm=True)
trainer = Trainer(model=AromaNet(cfg), args=args, train_dataset=AromaDataset(1600, 1),
                  eval_dataset=AromaDataset(400, 2), compute_metrics=r2)
trainer.train()
final = trainer.evaluate()
print(f"eval mse {final['eval_loss']:.3f} eval r2 {final['eval_r2']:.3f}")
