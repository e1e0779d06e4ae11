# Slot tagging of train ticket requests, trained from scratch with the settings of our BERT recipe
import random
import tempfile

import numpy as np
from transformers import BertConfig, BertForTokenClassification, Trainer, TrainingArguments, set_seed

SEED = 5
set_seed(SEED)
random.seed(SEED)

TAGS = ["O", "FROM", "TO", "TIME", "SEATS"]
TOWNS = "leeds york derby bath crewe ely truro perth ayr hull".split()
TIMES = "nine ten noon seven eight midnight".split()
COUNTS = "one two three four five six".split()
TEMPLATES = [
    "{SEATS} seats from {FROM} to {TO} at {TIME}",
    "to {TO} at {TIME} please from {FROM}",
    "i am in {FROM} and want {SEATS} tickets to {TO}",
    "leaving {FROM} about {TIME} going to {TO}",
    "is there a train to {TO} around {TIME} i start in {FROM}",
]


def sentence():
    fills = {"FROM": random.choice(TOWNS), "TO": random.choice(TOWNS),
             "TIME": random.choice(TIMES), "SEATS": random.choice(COUNTS)}
    tokens, tags = [], []
    for piece in random.choice(TEMPLATES).split():
        slot = piece.strip("{}") if piece.startswith("{") else None
        tokens.append(fills[slot] if slot else piece)
        tags.append(TAGS.index(slot) if slot else 0)
    return tokens, tags


def to_rows(sentences, vocab, length=12):
    rows = []
    for tokens, tags in sentences:
        pad = length - len(tokens)
        rows.append({
            "input_ids": [vocab[t] for t in tokens] + [0] * pad,
            "attention_mask": [1] * len(tokens) + [0] * pad,
            "labels": tags + [-100] * pad,
        })
    return rows


train, dev = [sentence() for _ in range(1600)], [sentence() for _ in range(300)]
vocab = {w: i + 1 for i, w in enumerate(sorted({t for tokens, _ in train + dev for t in tokens}))}


def compute_metrics(p):
    guess = p.predictions.argmax(-1)
    slots = p.label_ids > 0
    return {"slot_accuracy": float((guess == p.label_ids)[slots].mean())}


model = BertForTokenClassification(BertConfig(
    vocab_size=len(vocab) + 1, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=128, max_position_embeddings=16, num_labels=len(TAGS),
))
with tempfile.TemporaryDirectory() as tmp:
    args = TrainingArguments(
        output_dir=tmp,
        learning_rate=2e-5,
        per_device_train_batch_size=32,
        per_device_eval_batch_size=100,
        num_train_epochs=4,
        weight_decay=0.01,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        seed=SEED,
    )
    trainer = Trainer(model=model, args=args, train_dataset=to_rows(train, vocab),
                      eval_dataset=to_rows(dev, vocab), compute_metrics=compute_metrics)
    trainer.train()
    m = trainer.evaluate()
print(f"dev: loss {m['eval_loss']:.3f}, slot accuracy {m['eval_slot_accuracy']:.3f}")
