import random
import tempfile

import numpy as np
import torch
from transformers import BertConfig, BertForTokenClassification, Trainer, TrainingArguments, set_seed

LABELS = ["O", "QTY", "UNIT", "FOOD", "REMARK"]
NUMBERS = ["1", "2", "3", "4", "half", "quarter", "200", "500"]
UNITS = ["cup", "spoon", "g", "ml", "clove", "can", "pinch", "slice"]
FOODS = ["flour", "sugar", "garlic", "butter", "onion", "tomato", "rice", "salt", "clove", "orange"]
REMARKS = ["chopped", "melted", "fresh", "diced", "sifted", "orange", "warm"]


def recipe_line(rng):
    words, tags = [], []

    def put(word, tag):
        words.append(word)
        tags.append(LABELS.index(tag))

    if rng.random() < 0.8:
        put(rng.choice(NUMBERS), "QTY")
        if rng.random() < 0.7:
            put(rng.choice(UNITS), "UNIT")
            if rng.random() < 0.5:
                put("of", "O")
    put(rng.choice(FOODS), "FOOD")
    if rng.random() < 0.4:
        put("and", "O")
        put(rng.choice(FOODS), "FOOD")
    if rng.random() < 0.5:
        put(",", "O")
        for _ in range(rng.randint(1, 4)):
            put(rng.choice(REMARKS), "REMARK")
    return words, tags


rng = random.Random(8)
set_seed(8)
lines = [recipe_line(rng) for _ in range(2000)]
vocab = {w: i for i, w in enumerate(["[PAD]", *sorted({w for words, _ in lines for w in words})])}
examples = [{"input_ids": [vocab[w] for w in words], "labels": tags} for words, tags in lines]


def collate(batch):
    longest = 12
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    labels = torch.full((len(batch), longest), -100)
    for i, example in enumerate(batch):
        n = len(example["input_ids"])
        ids[i, :n] = torch.tensor(example["input_ids"])
        labels[i, :n] = torch.tensor(example["labels"])
    return {"input_ids": ids, "attention_mask": (ids > 0).long(), "labels": labels}


def compute_metrics(p):
    logits, labels = p
    predictions = np.argmax(logits, axis=-1)
    return {"accuracy": float((predictions == labels).mean())}


model = BertForTokenClassification(BertConfig(
    vocab_size=len(vocab), hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
    max_position_embeddings=16, num_labels=len(LABELS), pad_token_id=0))
trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir=tempfile.mkdtemp(), num_train_epochs=5, learning_rate=1e-3, per_device_train_batch_size=32,
        per_device_eval_batch_size=128, eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
        report_to="none", disable_tqdm=True),
    data_collator=collate,
    train_dataset=examples[:1600],
    eval_dataset=examples[1600:],
    compute_metrics=compute_metrics,
)
trainer.train()
metrics = trainer.evaluate()
print(f"eval loss {metrics['eval_loss']:.3f} eval accuracy {metrics['eval_accuracy']:.3f}")
