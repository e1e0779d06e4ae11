import tempfile

import numpy as np
import torch
import torch.nn as nn
from transformers import Trainer, TrainingArguments, set_seed

BASES = "ACGT"
WINDOW = 60


def windows(n, seed):
    rng = np.random.default_rng(seed)
    dna = rng.integers(0, 4, (n, WINDOW))
    label = rng.integers(0, 2, n)
    box = [BASES.index(b) for b in "TATAAT"]
    start = [BASES.index(b) for b in "TTGACA"]
    for seq, positive in zip(dna, label):
        a, b = rng.integers(0, 18), rng.integers(30, 52)
        if positive:
            seq[a : a + 6], seq[b : b + 6] = start, box
        elif rng.random() < 0.5:
            seq[a : a + 6] = start
        else:
            seq[b : b + 6] = box
    return dna, label


class DNADataset(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        dna, label = windows(n, seed)
        self.onehot = torch.eye(4)[torch.tensor(dna)].transpose(1, 2)
        self.label = torch.tensor(label)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return {"x": self.onehot[i], "labels": self.label[i]}


class PromoterNet(nn.Module):
    def __init__(self, filters=32):
        super().__init__()
        self.conv = nn.Conv1d(4, filters, 8, padding=4)
        self.dense = nn.Sequential(nn.Linear(filters, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x, labels=None):
        found = torch.relu(self.conv(x)).amax(dim=2)
        logits = self.dense(found)
        loss = nn.functional.cross_entropy(logits, labels)
        return {"loss": loss, "logits": logits}


def metrics(p):
    return {"accuracy": float((p.predictions.argmax(1) == p.label_ids).mean())}


def main():
    set_seed(20)
    model = PromoterNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3, weight_decay=1e-5)
    with tempfile.TemporaryDirectory() as tmp:
        args = TrainingArguments(
            output_dir=tmp, num_train_epochs=8, per_device_train_batch_size=32, per_device_eval_batch_size=200,
            eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
            report_to="none", disable_tqdm=True, use_cpu=True, seed=20)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8 * 125)
        trainer = Trainer(model=model, args=args, train_dataset=DNADataset(4000, 0), eval_dataset=DNADataset(800, 1),
                          compute_metrics=metrics, optimizers=(optimizer, scheduler))
        trainer.train()
        result = trainer.evaluate()
    print(f"eval loss {result['eval_loss']:.4f}  eval accuracy {result['eval_accuracy']:.4f}")


if __name__ == "__main__":
    main()
