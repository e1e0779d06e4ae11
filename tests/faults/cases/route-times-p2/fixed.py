import tempfile

import numpy as np
import torch
from torch import nn
from transformers import Trainer, TrainingArguments, set_seed

DISTRICTS, STOPS = 12, 8


def make_routes(n, seed):
    rng = np.random.default_rng(seed)
    place = np.random.default_rng(0).uniform(0, 1, (DISTRICTS, 2))
    handling = np.random.default_rng(1).uniform(0.05, 0.3, DISTRICTS)
    stops = rng.integers(0, DISTRICTS, (n, STOPS))
    way = np.linalg.norm(place[stops[:, 1:]] - place[stops[:, :-1]], axis=2).sum(1)
    hours = way + handling[stops].sum(1) + rng.normal(0, 0.05, n)
    return stops, ((hours - 5.0) / 0.8).astype(np.float32)


class RouteDataset(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        self.stops, self.hours = make_routes(n, seed)

    def __len__(self):
        return len(self.hours)

    def __getitem__(self, i):
        return {"input_ids": torch.tensor(self.stops[i]), "labels": torch.tensor(self.hours[i])}


class RouteModel(nn.Module):
    def __init__(self, dim=16, width=64):
        super().__init__()
        self.stop = nn.Embedding(DISTRICTS, dim)
        self.leg = nn.Sequential(nn.Conv1d(dim, width, kernel_size=2), nn.ReLU(), nn.Conv1d(width, width, 1), nn.ReLU())
        self.head = nn.Linear(width, 1)

    def forward(self, input_ids, labels=None):
        legs = self.leg(self.stop(input_ids).transpose(1, 2))
        hours = self.head(legs.mean(dim=2)).squeeze(-1)
        return {"loss": nn.functional.mse_loss(hours, labels), "logits": hours}


def compute_metrics(p):
    error = p.predictions - p.label_ids
    return {"r2": float(1 - (error ** 2).mean() / p.label_ids.var())}


set_seed(15)
with tempfile.TemporaryDirectory() as out:
    args = TrainingArguments(
        output_dir=out,
        learning_rate=1e-3,
        lr_scheduler_type="constant",
        num_train_epochs=16,
        per_device_train_batch_size=64,
        per_device_eval_batch_size=250,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        seed=15,
    )
    trainer = Trainer(model=RouteModel(), args=args, train_dataset=RouteDataset(3000, 2),
                      eval_dataset=RouteDataset(500, 3), compute_metrics=compute_metrics)
    trainer.train()
    final = trainer.evaluate()
print(f"eval loss {final['eval_loss']:.3f}, R2 of the hours {final['eval_r2']:.3f}")
