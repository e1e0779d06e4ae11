import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments, set_seed

NOTES = "floral woody citrus musk smoky green spicy fruity leather marine powdery resin".split()


@dataclass
class Settings:
    n_train: int = 2400
    n_val: int = 600
    descriptors: int = 40
    hidden: int = 96
    epochs: int = 12
    batch: int = 32
    lr: float = 2e-3
    seed: int = 17


class ScentConfig(PretrainedConfig):
    model_type = "scent"


class ScentTagger(PreTrainedModel):
    config_class = ScentConfig

    def __init__(self, config):
        super().__init__(config)
        self.body = nn.Sequential(
            nn.Linear(config.descriptors, config.hidden), nn.LayerNorm(config.hidden), nn.GELU(),
            nn.Linear(config.hidden, config.hidden), nn.GELU(),
        )
        self.classifier = nn.Linear(config.hidden, len(NOTES))
        self.post_init()

    def _init_weights(self, module):
        pass  # PyTorch's own

    def forward(self, features, labels=None):
        scores = self.classifier(self.body(features))
        loss = None
        if labels is not None:
            loss = nn.BCEWithLogitsLoss()(scores, labels)
        return {"loss": loss, "logits": scores}


def molecules(n, s, rng, mix):
    """Each note appears in about one mixture of ten."""
    x = rng.normal(size=(n, s.descriptors)).astype("float32")
    z = x @ mix / np.sqrt(s.descriptors)
    active = (z[:, :12] + 0.6 * z[:, 12:] > 1.5)
    return [{"features": a, "labels": b} for a, b in zip(x, active.astype("float32"))]


def compute_metrics(p):
    said, true = p.predictions > 0, p.label_ids > 0.5
    hit = (said & true).sum()
    return {"micro_f1": float(2 * hit / max(said.sum() + true.sum(), 1))}


def main(s):
    set_seed(s.seed)
    rng = np.random.default_rng(s.seed)
    mix = rng.normal(size=(s.descriptors, 24))
    train, val = molecules(s.n_train, s, rng, mix), molecules(s.n_val, s, rng, mix)
    model = ScentTagger(ScentConfig(descriptors=s.descriptors, hidden=s.hidden))
    with tempfile.TemporaryDirectory() as out:
        args = TrainingArguments(
            output_dir=out, num_train_epochs=s.epochs, per_device_train_batch_size=s.batch,
            per_device_eval_batch_size=200, learning_rate=s.lr, weight_decay=0.01, eval_strategy="epoch",
            save_strategy="no", logging_strategy="epoch", report_to="none", disable_tqdm=True, use_cpu=True,
            label_names=["labels"],
        )
        trainer = Trainer(model=model, args=args, train_dataset=train, eval_dataset=val,
                          compute_metrics=compute_metrics)
        trainer.train()
        metrics = trainer.evaluate()
    print(f"val loss {metrics['eval_loss']:.4f}  val micro-F1 {metrics['eval_micro_f1']:.3f}")


if __name__ == "__main__":
    main(Settings())
