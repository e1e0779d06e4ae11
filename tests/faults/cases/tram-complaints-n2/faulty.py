import random
import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed
from transformers.utils import logging

logging.set_verbosity_error()
set_seed(0)

TOPICS = {
    "delay": ["late", "waited", "minutes", "schedule", "missed", "clock"],
    "ticket": ["fare", "machine", "card", "charged", "refund", "inspector"],
    "dirt": ["sticky", "smell", "rubbish", "seat", "stain", "floor"],
    "driver": ["rude", "shouted", "braked", "phone", "doors", "ignored"],
    "noise": ["loud", "squeal", "night", "window", "vibration", "sleep"],
}
FILLER = "the a tram stop was and i on to my line again today very this when it at of we had no yesterday seven".split()
VOCAB = {w: i + 2 for i, w in enumerate(FILLER + [w for ws in TOPICS.values() for w in ws])}
PAD, CLS, LENGTH = 0, 1, 16


class Complaints(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.rows = []
        for _ in range(n):
            label = rng.randrange(len(TOPICS))
            names = list(TOPICS)
            words = rng.choices(FILLER, k=rng.randint(7, 11))
            words += rng.sample(TOPICS[names[label]], 2) + [rng.choice(TOPICS[rng.choice(names)])]
            rng.shuffle(words)
            ids = [CLS] + [VOCAB[w] for w in words]
            mask = [1] * len(ids) + [0] * (LENGTH - len(ids))
            ids += [PAD] * (LENGTH - len(ids))
            self.rows.append({"input_ids": ids, "attention_mask": mask, "labels": label})

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return {k: torch.tensor(v) for k, v in self.rows[i].items()}


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": float(np.mean(logits.argmax(-1) == labels))}


config = BertConfig(
    vocab_size=len(VOCAB) + 2,
    hidden_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=96,
    max_position_embeddings=LENGTH,
    num_labels=len(TOPICS),
)
model = BertForSequenceClassification(config)

with tempfile.TemporaryDirectory() as folder:
    args = TrainingArguments(
        output_dir=folder,
        num_train_epochs=6,
        per_device_train_batch_size=32,
        per_device_eval_batch_size=200,
        learning_rate=2e-5,
        weight_decay=0.01,
        warmup_steps=20,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        dataloader_pin_memory=False,
        seed=0,
    )
    trainer = Trainer(
        model=model,
        args=args,
        train_dataset=Complaints(1600, 1),
        eval_dataset=Complaints(400, 2),
        compute_metrics=compute_metrics,
    )
    trainer.train()
    result = trainer.evaluate()
print(f"eval loss {result['eval_loss']:.3f} accuracy {result['eval_accuracy']:.3f}")
