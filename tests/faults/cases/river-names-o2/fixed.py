import tempfile

import numpy as np
import torch
from transformers import Trainer, TrainingArguments, set_seed

set_seed(31)
rng = np.random.default_rng(31)

LANGUAGES = 5
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# each language has its own habits about which letter follows which
HABITS = rng.dirichlet(np.full(26, 0.15), size=(LANGUAGES, 26))


def invent(language, length):
    letters = [int(rng.integers(26))]
    while len(letters) < length:
        letters.append(int(rng.choice(26, p=HABITS[language, letters[-1]])))
    return "".join(ALPHABET[i] for i in letters)


def tokenize(name, max_length=14):
    ids = [1] + [2 + ALPHABET.index(c) for c in name]
    mask = [1] * len(ids) + [0] * (max_length - len(ids))
    return {"input_ids": ids + [0] * (max_length - len(ids)), "attention_mask": mask}


class RiverNames(torch.utils.data.Dataset):
    def __init__(self, n):
        self.rows = []
        for _ in range(n):
            language = int(rng.integers(LANGUAGES))
            self.rows.append({**tokenize(invent(language, int(rng.integers(7, 13)))), "labels": language})

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, idx):
        return {key: torch.tensor(value) for key, value in self.rows[idx].items()}


def compute_metrics(pred):
    return {"accuracy": float((pred.predictions.argmax(-1) == pred.label_ids).mean())}


class LetterCNN(torch.nn.Module):
    """Letter pairs by a convolution, averaged over the name."""

    def __init__(self, d_letter=24, d_pair=64):
        super().__init__()
        self.letters = torch.nn.Embedding(28, d_letter)
        self.pairs = torch.nn.Conv1d(d_letter, d_pair, kernel_size=2)
        self.out = torch.nn.Linear(d_pair, LANGUAGES)

    def forward(self, input_ids, attention_mask, labels=None):
        pairs = torch.relu(self.pairs(self.letters(input_ids).transpose(1, 2)))
        real = attention_mask[:, 1:].unsqueeze(1).float()
        logits = self.out((pairs * real).sum(2) / real.sum(2))
        loss = None if labels is None else torch.nn.functional.cross_entropy(logits, labels)
        return {"loss": loss, "logits": logits}


model = LetterCNN()
training_args = TrainingArguments(
    output_dir=tempfile.mkdtemp(),
    num_train_epochs=15,
    learning_rate=1e-3,
    lr_scheduler_type="constant",
    per_device_train_batch_size=32,
    per_device_eval_batch_size=256,
    eval_strategy="epoch",
    logging_strategy="epoch",
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
)
trainer = Trainer(
    model=model,
    args=training_args,
    train_dataset=RiverNames(2500),
    eval_dataset=RiverNames(500),
    compute_metrics=compute_metrics,
)
trainer.train()
metrics = trainer.evaluate()
print(f"eval loss {metrics['eval_loss']:.3f} eval accuracy {metrics['eval_accuracy']:.3f}")
