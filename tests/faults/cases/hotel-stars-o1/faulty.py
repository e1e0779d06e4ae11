import random
import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(7)
random.seed(7)

OPINIONS = {
    1: "filthy awful cockroaches rude nightmare refund".split(),
    2: "noisy tired disappointing smelly slow overpriced".split(),
    3: "okay average acceptable basic fine decent".split(),
    4: "clean friendly comfortable pleasant nice tasty".split(),
    5: "outstanding perfect wonderful stunning flawless magical".split(),
}
FILLER = "the room was and our breakfast with staff a bed very in view stay we had".split()
words = sorted({w for ws in OPINIONS.values() for w in ws} | set(FILLER))
vocab = {"[PAD]": 0, "[CLS]": 1, **{w: i + 2 for i, w in enumerate(words)}}


def write_review():
    stars = random.randint(1, 5)
    text = random.choices(OPINIONS[stars], k=3) + random.choices(FILLER, k=random.randint(6, 10))
    neighbour = min(5, max(1, stars + random.choice([-1, 1])))
    text += random.choices(OPINIONS[neighbour], k=1)
    random.shuffle(text)
    return " ".join(text), stars


class Reviews(Dataset):
    def __init__(self, reviews, max_length=16):
        self.rows = []
        for text, stars in reviews:
            ids = [vocab["[CLS]"]] + [vocab[w] for w in text.split()][: max_length - 1]
            pad = max_length - len(ids)
            self.rows.append({
                "input_ids": torch.tensor(ids + [0] * pad),
                "attention_mask": torch.tensor([1] * len(ids) + [0] * pad),
                "labels": torch.tensor(stars),
            })

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def compute_metrics(p):
    return {"accuracy": float((np.argmax(p.predictions, axis=1) == p.label_ids).mean())}


train_ds = Reviews([write_review() for _ in range(1500)])
eval_ds = Reviews([write_review() for _ in range(400)])
config = BertConfig(
    vocab_size=len(vocab), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=96, max_position_embeddings=16, num_labels=5,
)
model = BertForSequenceClassification(config)

with tempfile.TemporaryDirectory() as folder:
    args = TrainingArguments(
        output_dir=folder, num_train_epochs=5, per_device_train_batch_size=32, per_device_eval_batch_size=100,
        learning_rate=2e-3, eval_strategy="epoch", save_strategy="no", logging_strategy="epoch",
        report_to="none", disable_tqdm=True, use_cpu=True, seed=7,
    )
    trainer = Trainer(model=model, args=args, train_dataset=train_ds, eval_dataset=eval_ds,
                      compute_metrics=compute_metrics)
    trainer.train()
    scores = trainer.evaluate()
print(f"eval loss {scores['eval_loss']:.3f} accuracy {scores['eval_accuracy']:.3f}")
