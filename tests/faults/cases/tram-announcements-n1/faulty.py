import random
import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
set_seed(23)

PATTERNS = [
    "the next stop is {place}",
    "this tram ends at {place} please get off here",
    "because of works near {place} there is no service",
    "change at {place} for line {line}",
    "the tram to {place} on line {line} is running late",
]
FILL = ["dear passengers", "attention please", "good morning", "we are sorry", "thank you", "please note"]
PLACES = "harbour museum station hospital market stadium university castle bridge park".split()
LINES = "one two three four five six".split()


def announcement(label):
    text = PATTERNS[label].format(place=random.choice(PLACES), line=random.choice(LINES))
    words = random.choice(FILL).split() + text.split()
    # the loudspeaker swallows words
    return [w for w in words if random.random() > 0.15]


class Announcements(Dataset):
    def __init__(self, n, vocab, max_len=16):
        self.items = []
        for _ in range(n):
            label = random.randrange(len(PATTERNS))
            ids = [1] + [vocab[w] for w in announcement(label)][: max_len - 1]
            pad = max_len - len(ids)
            self.items.append({"input_ids": torch.tensor(ids + [0] * pad),
                               "attention_mask": torch.tensor([1] * len(ids) + [0] * pad),
                               "labels": torch.tensor(label)})

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": float((np.argmax(logits, axis=-1) == labels).mean())}


everything = " ".join(PATTERNS + FILL + PLACES + LINES).split()
vocab = {w: i + 2 for i, w in enumerate(sorted(set(everything)))}
config = BertConfig(vocab_size=len(vocab) + 2, hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
                    intermediate_size=96, max_position_embeddings=16, num_labels=len(PATTERNS))
model = BertForSequenceClassification(config)

workdir = tempfile.TemporaryDirectory()
args = TrainingArguments(
    output_dir=workdir.name,
    learning_rate=2e-2,
    num_train_epochs=5,
    per_device_train_batch_size=16,
    per_device_eval_batch_size=100,
    eval_strategy="epoch",
    save_strategy="no",
    logging_strategy="epoch",
    report_to="none",
    disable_tqdm=True,
    use_cpu=True,
    seed=23,
)
trainer = Trainer(model=model, args=args, train_dataset=Announcements(1200, vocab),
                  eval_dataset=Announcements(300, vocab), compute_metrics=compute_metrics)
trainer.train()
result = trainer.evaluate()
print(f"eval loss {result['eval_loss']:.4f} accuracy {result['eval_accuracy']:.3f}")
