"""Train a small BERT from scratch on wire headlines, one line per headline: "desk<TAB>text"."""
import random
import tempfile

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(11)

# desk numbers as in the agency's classes.txt
DESKS = {1: "World", 2: "Sports", 3: "Business", 4: "Science"}
WORDS = {
    1: "minister border election treaty embassy parliament refugees summit ceasefire president".split(),
    2: "striker season coach penalty league champion injury stadium goal transfer".split(),
    3: "shares profit merger bank inflation stocks investors oil quarterly revenue".split(),
    4: "telescope gene species orbit vaccine robot fossil laser climate software".split(),
}
FILLER = "the new after says as over in for report week city two more plan amid".split()


def read_lines(n, rng):
    for _ in range(n):
        desk = rng.choice(list(DESKS))
        words = rng.sample(WORDS[desk], 2) + rng.sample(FILLER, 6)
        if rng.random() < 0.3:
            words[-1] = rng.choice(WORDS[rng.choice(list(DESKS))])
        rng.shuffle(words)
        yield f"{desk}\t{' '.join(words)}"


vocab = {w: i for i, w in enumerate(["[PAD]", "[CLS]"] + sorted({w for ws in WORDS.values() for w in ws} | set(FILLER)))}


class Headlines(torch.utils.data.Dataset):
    def __init__(self, lines):
        self.rows = [line.split("\t") for line in lines]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        desk, text = self.rows[i]
        ids = [vocab["[CLS]"]] + [vocab[w] for w in text.split()]
        return {
            "input_ids": torch.tensor(ids),
            "attention_mask": torch.ones(len(ids), dtype=torch.long),
            "labels": int(desk) - 1,
        }


def compute_metrics(p):
    return {"accuracy": float(np.mean(p.predictions.argmax(-1) == p.label_ids))}


rng = random.Random(11)
train_set, dev_set = Headlines(read_lines(1600, rng)), Headlines(read_lines(400, rng))
config = BertConfig(
    vocab_size=len(vocab), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=96, max_position_embeddings=16, num_labels=len(DESKS),
)
model = BertForSequenceClassification(config)

with tempfile.TemporaryDirectory() as out:
    args = TrainingArguments(
        output_dir=out, num_train_epochs=4, per_device_train_batch_size=32, per_device_eval_batch_size=100,
        learning_rate=1e-3, lr_scheduler_type="linear", warmup_steps=20, eval_strategy="epoch",
        save_strategy="no", logging_strategy="epoch", report_to="none", disable_tqdm=True, use_cpu=True,
    )
    trainer = Trainer(model=model, args=args, train_dataset=train_set, eval_dataset=dev_set,
                      compute_metrics=compute_metrics)
    trainer.train()
    result = trainer.evaluate()
print(f"dev loss {result['eval_loss']:.3f} dev accuracy {result['eval_accuracy']:.3f}")
