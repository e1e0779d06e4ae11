import tempfile

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import Trainer, TrainingArguments, set_seed

set_seed(8)
rng = np.random.default_rng(8)

# Sixteen words a text, three of them belong to its topic, the rest are everyday words.
TOPICS, PER_TOPIC, COMMON, LENGTH = 8, 12, 60, 16


def make_texts(n):
    y = rng.integers(TOPICS, size=n)
    x = TOPICS * PER_TOPIC + rng.integers(COMMON, size=(n, LENGTH))
    for i in range(n):
        where = rng.permutation(LENGTH)[:3]
        x[i, where] = y[i] * PER_TOPIC + rng.integers(PER_TOPIC, size=3)
    return [{"tokens": a, "labels": int(b)} for a, b in zip(x, y)]


class AttentionPooling(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.key = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, h):                                  # (batch, words, dim)
        e = self.score(torch.tanh(self.key(h)))
        alpha = F.softmax(e, dim=0)
        return (alpha * h).sum(dim=1), alpha.squeeze(-1)


class TextModel(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = nn.Embedding(TOPICS * PER_TOPIC + COMMON, dim)
        self.pool = AttentionPooling(dim)
        self.out = nn.Linear(dim, TOPICS)

    def forward(self, tokens, labels=None):
        pooled, _ = self.pool(self.embed(tokens))
        logits = self.out(pooled)
        return {"loss": F.cross_entropy(logits, labels), "logits": logits}


def compute_metrics(p):
    return {"accuracy": float((p.predictions.argmax(1) == p.label_ids).mean())}


train_set, val_set = make_texts(3000), make_texts(600)
with tempfile.TemporaryDirectory() as out:
    args = TrainingArguments(
        output_dir=out, learning_rate=5e-3, num_train_epochs=5, per_device_train_batch_size=50,
        per_device_eval_batch_size=1, eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
        report_to="none", disable_tqdm=True, use_cpu=True, seed=8, remove_unused_columns=False,
    )
    trainer = Trainer(TextModel(), args, train_dataset=train_set, eval_dataset=val_set,
                      compute_metrics=compute_metrics)
    trainer.train()
    scores = trainer.evaluate()
print(f"validation loss {scores['eval_loss']:.3f}, accuracy {scores['eval_accuracy']:.3f}")
