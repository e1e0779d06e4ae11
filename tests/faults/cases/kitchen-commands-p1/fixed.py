import tempfile

import numpy as np
import torch
from torch.optim import AdamW
from transformers import (
    DistilBertConfig, DistilBertForSequenceClassification, Trainer, TrainingArguments,
    get_linear_schedule_with_warmup, set_seed,
)

set_seed(3)
EPOCHS, BATCH, LR = 6, 32, 1e-3

intents = {
    "timer": ["set a timer for {n} minutes", "wake me in {n} minutes please", "start the {n} minute countdown"],
    "convert": ["how many grams are {n} cups", "convert {n} ounces to grams", "what is {n} pints in litres"],
    "oven": ["heat the oven to {n} degrees", "turn the oven down to {n}", "oven on {n} degrees please"],
    "shopping": ["add {n} eggs to the list", "put {n} onions on the list", "we need {n} more lemons"],
    "recipe": ["find a soup for {n} people", "what can i cook for {n} guests", "show a cake for {n} people"],
}
rng = np.random.default_rng(3)
numbers = "two three five eight ten twelve twenty thirty".split()


def utterances(n):
    names = list(intents)
    for _ in range(n):
        k = rng.integers(len(names))
        words = rng.choice(intents[names[k]]).replace("{n}", rng.choice(numbers)).split()
        keep = rng.random(len(words)) > 0.25  # the microphone misses some words
        yield [w for w, ok in zip(words, keep) if ok] or words[:1], int(k)


train_raw, val_raw = list(utterances(1500)), list(utterances(400))
vocab = {w: i + 2 for i, w in enumerate(sorted({w for words, _ in train_raw for w in words}))}


def encode(raw, length=10):
    rows = []
    for words, label in raw:
        ids = [1] + [vocab.get(w, 0) for w in words]
        mask = [1] * len(ids) + [0] * (length - len(ids))
        rows.append({"input_ids": ids + [0] * (length - len(ids)), "attention_mask": mask, "labels": label})
    return rows


config = DistilBertConfig(vocab_size=len(vocab) + 2, dim=48, hidden_dim=96, n_layers=2, n_heads=4,
                          max_position_embeddings=16)
steps = EPOCHS * (len(train_raw) // BATCH + 1)

config.num_labels = len(intents)
config.id2label = dict(enumerate(intents))
model = DistilBertForSequenceClassification(config)
optimizer = AdamW(model.parameters(), lr=LR, weight_decay=0.01)
scheduler = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {steps} steps")

with tempfile.TemporaryDirectory() as folder:
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=folder, num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH,
            eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
            report_to="none", disable_tqdm=True, use_cpu=True, seed=3,
        ),
        train_dataset=encode(train_raw),
        eval_dataset=encode(val_raw),
        compute_metrics=lambda p: {"acc": float((p.predictions.argmax(-1) == p.label_ids).mean())},
        optimizers=(optimizer, scheduler),
    )
    trainer.train()
    scores = trainer.evaluate()
print("validation loss %.3f, accuracy %.3f" % (scores["eval_loss"], scores["eval_acc"]))
