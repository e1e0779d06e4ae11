import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

NOTES = 24
LENGTH = 25


class Composer:
    """Each note may be followed by three others, one of them more often."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.followers = np.stack([self.rng.choice(NOTES, 3, replace=False) for _ in range(NOTES)])

    def melody(self):
        notes = [int(self.rng.integers(NOTES))]
        while len(notes) < LENGTH:
            notes.append(int(self.rng.choice(self.followers[notes[-1]], p=[0.7, 0.2, 0.1])))
        return notes

    def allows(self, a, b):
        return b in self.followers[a]


class MelodyDataset(Dataset):
    def __init__(self, composer, n):
        self.melodies = torch.tensor([composer.melody() for _ in range(n)])

    def __len__(self):
        return len(self.melodies)

    def __getitem__(self, idx):
        notes = self.melodies[idx]
        return {"input_ids": notes[:-1], "labels": notes[:-1]}


def main():
    set_seed(3)
    composer = Composer(3)
    train_set, eval_set = MelodyDataset(composer, 2000), MelodyDataset(composer, 300)

    config = GPT2Config(vocab_size=NOTES, n_positions=64, n_embd=32, n_layer=2, n_head=2,
                        bos_token_id=None, eos_token_id=None)
    model = GPT2LMHeadModel(config)

    with tempfile.TemporaryDirectory() as out:
        args = TrainingArguments(
            output_dir=out,
            num_train_epochs=6,
            per_device_train_batch_size=32,
            per_device_eval_batch_size=100,
            learning_rate=3e-3,
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            seed=3,
        )
        trainer = Trainer(model=model, args=args, train_dataset=train_set, eval_dataset=eval_set)
        trainer.train()
        eval_loss = trainer.evaluate()["eval_loss"]

    model.eval()
    start = torch.arange(NOTES).repeat_interleave(8)[:, None]
    songs = model.generate(start, attention_mask=torch.ones_like(start), do_sample=True, top_k=0,
                           max_new_tokens=LENGTH - 1, pad_token_id=0).tolist()
    steps = [composer.allows(a, b) for song in songs for a, b in zip(song, song[1:])]
    print(f"eval loss {eval_loss:.3f}, steps of generated melodies that the composer allows {np.mean(steps):.3f}")


if __name__ == "__main__":
    main()
