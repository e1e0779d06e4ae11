import random
import tempfile

import torch
from transformers import (
    DistilBertConfig,
    DistilBertForSequenceClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

set_seed(5)
random.seed(5)

NAMES = ["anna", "boris", "clara", "david", "emma", "felix"]
VERBS = ["met", "called", "saw", "thanked", "helped"]
PLACES = ["park", "office", "school", "market"]
WORDS = ["[PAD]", "[CLS]", "in", "the", "did", "?", *NAMES, *VERBS, *PLACES]
token_id = {w: i for i, w in enumerate(WORDS)}


def sentence():
    a, b = random.sample(NAMES, 2)
    asked = random.choice([a, b])
    text = f"[CLS] {a} {random.choice(VERBS)} {b} in the {random.choice(PLACES)} did {asked} ?"
    return {"input_ids": [token_id[w] for w in text.split()], "labels": int(asked == a)}


train_dataset = [sentence() for _ in range(3000)]
eval_dataset = [sentence() for _ in range(500)]


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": float((logits.argmax(axis=-1) == labels).mean())}


config = DistilBertConfig(
    vocab_size=len(WORDS), dim=48, hidden_dim=96, n_layers=2, n_heads=4,
    max_position_embeddings=16, dropout=0.05, attention_dropout=0.05, seq_classif_dropout=0.05, num_labels=2,
)
model = DistilBertForSequenceClassification(config)

training_args = TrainingArguments(
    output_dir=tempfile.mkdtemp(),
    learning_rate=1e-3,
    per_device_train_batch_size=32,
    per_device_eval_batch_size=100,
    num_train_epochs=10,
    weight_decay=0.01,
    warmup_steps=50,
    eval_strategy="epoch",
    logging_strategy="epoch",
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
)
trainer = Trainer(
    model=model,
    args=training_args,
    train_dataset=train_dataset,
    eval_dataset=eval_dataset,
    compute_metrics=compute_metrics,
)
trainer.train()
scores = trainer.evaluate()
print(f"eval_loss {scores['eval_loss']:.3f} eval_accuracy {scores['eval_accuracy']:.3f}")
