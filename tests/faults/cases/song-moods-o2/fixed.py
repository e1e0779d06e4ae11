import tempfile

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments, set_seed

SCALES = {"major": [0, 2, 4, 5, 7, 9, 11], "minor": [0, 2, 3, 5, 7, 8, 10], "blues": [0, 3, 5, 6, 7, 10]}


class Melodies(Dataset):
    """Random walks over a scale, two octaves, starting from any tonic."""

    def __init__(self, n, seed, length=20):
        rng = np.random.default_rng(seed)
        self.items = []
        for _ in range(n):
            mood = int(rng.integers(len(SCALES)))
            steps = np.array([s + 12 * o for o in (0, 1) for s in list(SCALES.values())[mood]])
            walk = np.cumsum(rng.integers(-2, 3, length)) + len(steps) // 2
            walk = np.abs((walk - (len(steps) - 1)) % (2 * (len(steps) - 1)) - (len(steps) - 1))
            self.items.append((torch.tensor(steps[walk] + rng.integers(0, 3)), mood))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        notes, mood = self.items[idx]
        return {"notes": notes, "labels": mood}


class MoodGRU(nn.Module):
    def __init__(self, n_notes=26, emb=16, hidden=48, n_layers=1, n_moods=3):
        super().__init__()
        self.hidden, self.n_layers = hidden, n_layers
        self.embed = nn.Embedding(n_notes, emb)
        self.gru = nn.GRU(emb, hidden, n_layers, batch_first=True)
        self.classifier = nn.Linear(hidden, n_moods)
        self.loss_fn = nn.CrossEntropyLoss()

    def forward(self, notes, labels=None):
        h0 = torch.zeros(self.n_layers, notes.size(0), self.hidden, device=notes.device)
        out, hn = self.gru(self.embed(notes), h0)
        logits = self.classifier(hn[-1])
        loss = self.loss_fn(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


def compute_metrics(p):
    return {"accuracy": float((p.predictions.argmax(-1) == p.label_ids).mean())}


def main():
    set_seed(17)
    args = TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=10,
        per_device_train_batch_size=32,
        per_device_eval_batch_size=256,
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=MoodGRU(),
        args=args,
        train_dataset=Melodies(2400, seed=1),
        eval_dataset=Melodies(500, seed=2),
        compute_metrics=compute_metrics,
    )
    trainer.train()
    scores = trainer.evaluate()
    print("eval loss %.3f accuracy %.3f" % (scores["eval_loss"], scores["eval_accuracy"]))


if __name__ == "__main__":
    main()
