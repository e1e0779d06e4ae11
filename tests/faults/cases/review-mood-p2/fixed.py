import tempfile

import numpy as np
import torch
from torch import nn
from transformers import GPT2Config, GPT2Model, Trainer, TrainingArguments, set_seed

GOOD = "lovely great charming superb funny".split()
BAD = "dull awful clumsy boring weak".split()
OTHER = "the film plot actor was is and of a scene ending score very music director".split()
BOS, VOCAB = 0, ["<s>", *GOOD, *BAD, *OTHER]
IDS = {word: i for i, word in enumerate(VOCAB)}
MAX_LEN = 14


def write_review(rng):
    """Three judgements among other words; the reader goes by the majority."""
    words, mood = [], 0
    spots = set(rng.choice(MAX_LEN // 2, size=3, replace=False).tolist())
    for spot in range(MAX_LEN // 2):
        if spot not in spots:
            words += [str(w) for w in rng.choice(OTHER, 2)]
            continue
        good = rng.random() < 0.5
        words += [str(rng.choice(OTHER)), str(rng.choice(GOOD if good else BAD))]
        mood += 1 if good else -1
    return [BOS] + [IDS[w] for w in words], int(mood > 0)


class Reviews(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.rows = [write_review(rng) for _ in range(n)]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        tokens, label = self.rows[i]
        return {"input_ids": torch.tensor(tokens), "labels": torch.tensor(label)}


class GPT2Classifier(nn.Module):
    def __init__(self, config, num_labels=2):
        super().__init__()
        self.gpt2 = GPT2Model(config)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(config.n_embd, num_labels)

    def forward(self, input_ids, labels=None):
        hidden = self.gpt2(input_ids=input_ids).last_hidden_state
        pooled = self.dropout(hidden[:, -1])
        logits = self.classifier(pooled)
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


def compute_metrics(p):
    return {"accuracy": float((p.predictions.argmax(-1) == p.label_ids).mean())}


set_seed(1)
config = GPT2Config(vocab_size=len(VOCAB), n_positions=32, n_embd=32, n_layer=2, n_head=4,
                    bos_token_id=BOS, eos_token_id=BOS)
with tempfile.TemporaryDirectory() as folder:
    trainer = Trainer(
        model=GPT2Classifier(config),
        args=TrainingArguments(folder, num_train_epochs=4, per_device_train_batch_size=32,
                               per_device_eval_batch_size=200, learning_rate=2e-3, eval_strategy="epoch",
                               logging_strategy="epoch", save_strategy="no", report_to="none",
                               disable_tqdm=True, use_cpu=True, seed=1),
        train_dataset=Reviews(3000, seed=1),
        eval_dataset=Reviews(600, seed=2),
        compute_metrics=compute_metrics,
    )
    trainer.train()
    scores = trainer.evaluate()
print(f"eval loss {scores['eval_loss']:.3f} eval accuracy {scores['eval_accuracy']:.3f}")
