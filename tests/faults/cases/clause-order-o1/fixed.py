import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import DistilBertConfig, DistilBertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(3)


@dataclass
class Grammar:
    """Tiny language: names 2-9, verbs 10-15, fillers 16-27. Label: the first name of the sentence, in four groups."""
    length: int = 14
    vocab: int = 28

    def sample(self, n, rng):
        x = rng.integers(16, self.vocab, (n, self.length))
        y = np.zeros(n, dtype=np.int64)
        for i in range(n):
            first, verb, second = np.sort(rng.choice(np.arange(1, self.length), 3, replace=False))
            x[i, first], x[i, second] = rng.integers(2, 10, 2)
            x[i, verb] = rng.integers(10, 16)
            y[i] = (x[i, first] - 2) // 2
        x[:, 0] = 1
        return x, y


class Sentences(Dataset):
    def __init__(self, x, y):
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"input_ids": self.x[i], "attention_mask": torch.ones_like(self.x[i]), "labels": self.y[i]}


rng = np.random.default_rng(3)
grammar = Grammar()
train_ds, valid_ds = Sentences(*grammar.sample(3000, rng)), Sentences(*grammar.sample(500, rng))

config = DistilBertConfig(
    vocab_size=grammar.vocab, max_position_embeddings=grammar.length, n_layers=2, n_heads=4, dim=48,
    hidden_dim=96, dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.1, num_labels=4,
)
model = DistilBertForSequenceClassification(config)


def compute_metrics(pred):
    return {"accuracy": (pred.predictions.argmax(-1) == pred.label_ids).mean().item()}


with tempfile.TemporaryDirectory() as output_dir:
    training_args = TrainingArguments(
        output_dir=output_dir,
        num_train_epochs=10,
        per_device_train_batch_size=32,
        per_device_eval_batch_size=250,
        learning_rate=2e-3,
        warmup_steps=50,
        weight_decay=0.01,
        eval_strategy="epoch",
        save_strategy="no",
        logging_strategy="epoch",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        seed=3,
    )
    trainer = Trainer(model, training_args, train_dataset=train_ds, eval_dataset=valid_ds, compute_metrics=compute_metrics)
    trainer.train()
    final = trainer.evaluate()
print(f"validation loss {final['eval_loss']:.3f}, accuracy {final['eval_accuracy']:.3f}")
