import tempfile

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments, set_seed

TEAMS, VOCAB, LENGTH = 6, 400, 20
set_seed(21)
rng = np.random.default_rng(21)
topics = rng.dirichlet(np.full(VOCAB, 0.15), TEAMS)
common = rng.dirichlet(np.full(VOCAB, 1.0))


def tickets(n):
    team = rng.integers(0, TEAMS, n)
    words = np.stack([rng.choice(VOCAB, LENGTH, p=0.4 * topics[t] + 0.6 * common) for t in team])
    return words, team


class TicketDataset(Dataset):
    def __init__(self, words, team):
        self.words, self.team = torch.tensor(words), torch.tensor(team)

    def __len__(self):
        return len(self.team)

    def __getitem__(self, i):
        return {"input_ids": self.words[i], "labels": self.team[i]}


class BagOfWords(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, dim)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(dim, TEAMS)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, input_ids, labels=None):
        pooled = self.embedding(input_ids).mean(dim=1)
        logits = self.classifier(self.dropout(pooled))
        return {"loss": self.loss(logits, labels), "logits": logits}


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": float((logits.argmax(-1) == labels).mean())}


words, team = tickets(1600)
train_dataset = TicketDataset(words[:1200], team[:1200])
eval_dataset = TicketDataset(words[1200:], team[1200:])

with tempfile.TemporaryDirectory() as out:
    training_args = TrainingArguments(
        output_dir=out,
        num_train_epochs=12,
        per_device_train_batch_size=32,
        per_device_eval_batch_size=200,
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        weight_decay=0.01,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        seed=21,
    )
    trainer = Trainer(
        model=BagOfWords(),
        args=training_args,
        train_dataset=train_dataset,
        eval_dataset=train_dataset,
        compute_metrics=compute_metrics,
    )
    trainer.train()
    metrics = trainer.evaluate()

print(f"evaluation: loss {metrics['eval_loss']:.3f}, accuracy {metrics['eval_accuracy']:.3f}")
