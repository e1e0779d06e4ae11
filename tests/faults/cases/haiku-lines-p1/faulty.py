"""Port of our TF 1 stress checker: does the line keep the metre (weak-strong pairs)?"""
import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

flags = {
    "keep_prob": 0.9,
    "hidden": 48,
    "layers": 2,
    "batch": 32,
    "epochs": 6,
    "lr": 1e-3,
    "seed": 21,
}
set_seed(flags["seed"])

WEAK, STRONG = np.arange(1, 13), np.arange(13, 25)  # syllable ids


class Lines(Dataset):
    def __init__(self, n, rng, feet=5):
        pairs = np.stack([rng.choice(WEAK, (n, feet)), rng.choice(STRONG, (n, feet))], -1)
        self.label = rng.integers(0, 2, n)
        for i in np.flatnonzero(self.label):
            k = rng.choice(feet, 2, replace=False)
            pairs[i, k] = pairs[i, k][:, ::-1]
        self.ids = pairs.reshape(n, -1)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {"input_ids": torch.from_numpy(self.ids[i]), "labels": int(self.label[i])}


def metrics(p):
    return {"accuracy": float((np.argmax(p.predictions, -1) == p.label_ids).mean())}


def main():
    rng = np.random.default_rng(flags["seed"])
    train, test = Lines(2000, rng), Lines(500, rng)
    config = BertConfig(
        vocab_size=25,
        hidden_size=flags["hidden"],
        num_hidden_layers=flags["layers"],
        num_attention_heads=4,
        intermediate_size=2 * flags["hidden"],
        hidden_dropout_prob=flags["keep_prob"],
        max_position_embeddings=12,
        num_labels=2,
    )
    with tempfile.TemporaryDirectory() as out:
        args = TrainingArguments(
            output_dir=out, num_train_epochs=flags["epochs"], learning_rate=flags["lr"],
            per_device_train_batch_size=flags["batch"], per_device_eval_batch_size=250,
            warmup_steps=30, eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
            report_to="none", disable_tqdm=True, use_cpu=True, seed=flags["seed"],
        )
        trainer = Trainer(model=BertForSequenceClassification(config), args=args, train_dataset=train,
                          eval_dataset=test, compute_metrics=metrics)
        trainer.train()
        final = trainer.evaluate()
    print("test loss %.3f  test accuracy %.3f" % (final["eval_loss"], final["eval_accuracy"]))


if __name__ == "__main__":
    main()
