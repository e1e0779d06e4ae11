import random
import tempfile

import torch
import torch.nn as nn
from transformers import Trainer, TrainingArguments, set_seed

TOKENS = "()[]<>"
CLOSES = {")": "(", "]": "[", ">": "<"}
LENGTH = 12


def balanced(n):
    if n == 0:
        return ""
    k = random.randrange(0, n, 2)
    left = random.choice("([<")
    right = {o: c for c, o in CLOSES.items()}[left]
    return left + balanced(k) + right + balanced(n - k - 2)


def example():
    text, spoiled = list(balanced(LENGTH)), random.random() < 0.5
    if spoiled:
        i = random.choice([i for i, t in enumerate(text) if t in CLOSES])
        text[i] = random.choice([t for t in CLOSES if t != text[i]])
    return {"tokens": torch.tensor([TOKENS.index(t) for t in text]), "labels": torch.tensor(int(not spoiled))}


class BiLSTMClassifier(nn.Module):
    def __init__(self, embed=16, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(len(TOKENS), embed)
        self.lstm = nn.LSTM(embed, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, tokens, labels=None):
        batch_size = tokens.size(0)
        _, (hidden, _) = self.lstm(self.embed(tokens))
        hidden = hidden.transpose(0, 1).reshape(batch_size, -1)
        logits = self.fc(hidden)
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


def accuracy(prediction):
    return {"accuracy": float((prediction.predictions.argmax(1) == prediction.label_ids).mean())}


if __name__ == "__main__":
    set_seed(31)
    random.seed(31)
    train_set = [example() for _ in range(6000)]
    dev_set = [example() for _ in range(500)]
    with tempfile.TemporaryDirectory() as tmp:
        trainer = Trainer(
            model=BiLSTMClassifier(),
            args=TrainingArguments(
                tmp,
                per_device_train_batch_size=50,
                per_device_eval_batch_size=50,
                num_train_epochs=12,
                learning_rate=5e-3,
                lr_scheduler_type="cosine",
                logging_steps=240,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
            ),
            train_dataset=train_set,
            eval_dataset=dev_set,
            compute_metrics=accuracy,
        )
        trainer.train()
        result = trainer.evaluate()
    print("dev loss %.4f, dev accuracy %.4f" % (result["eval_loss"], result["eval_accuracy"]))
