import tempfile

import numpy as np
import torch
from sklearn.metrics import accuracy_score, f1_score
from transformers import (BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed)

TEAMS = ["billing", "login", "shipping", "returns", "hardware", "other"]
VOCAB_SIZE, SEQ_LEN, CLS = 80, 16, 1


def make_tickets(n, seed):
    """Words 2..19 are shared by all teams; each team also has ten words of its own."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(TEAMS), n)
    ids = rng.integers(2, 20, (n, SEQ_LEN))
    ids[:, 0] = CLS
    for row, team in zip(ids, labels):
        for source, count in ((team, 4), (rng.integers(0, len(TEAMS)), 1)):
            row[rng.choice(np.arange(1, SEQ_LEN), count, replace=False)] = 20 + 10 * source + rng.integers(0, 10, count)
    return ids, labels


class TicketDataset(torch.utils.data.Dataset):
    def __init__(self, ids, labels):
        self.ids, self.labels = torch.tensor(ids), torch.tensor(labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        return {"input_ids": self.ids[idx], "attention_mask": torch.ones_like(self.ids[idx]), "labels": self.labels[idx]}


def compute_metrics(pred):
    guess = pred.predictions.argmax(-1)
    return {"accuracy": accuracy_score(pred.label_ids, guess), "f1": f1_score(pred.label_ids, guess, average="macro")}


def main():
    set_seed(33)
    config = BertConfig(
        vocab_size=VOCAB_SIZE,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=SEQ_LEN,
        num_labels=len(TEAMS),
    )
    model = BertForSequenceClassification(config)
    with tempfile.TemporaryDirectory() as output_dir:
        training_args = TrainingArguments(
            output_dir=output_dir,
            num_train_epochs=6,
            per_device_train_batch_size=32,
            per_device_eval_batch_size=128,
            learning_rate=5e-2,
            warmup_steps=20,
            weight_decay=0.01,
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(
            model=model,
            args=training_args,
            train_dataset=TicketDataset(*make_tickets(3000, 0)),
            eval_dataset=TicketDataset(*make_tickets(600, 1)),
            compute_metrics=compute_metrics,
        )
        trainer.train()
        metrics = trainer.evaluate()
    print(f"eval loss {metrics['eval_loss']:.3f}, accuracy {metrics['eval_accuracy']:.3f}, f1 {metrics['eval_f1']:.3f}")


if __name__ == "__main__":
    main()
