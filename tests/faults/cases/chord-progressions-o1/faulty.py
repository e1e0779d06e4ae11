import math
import random
import tempfile

import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertLMHeadModel, Trainer, TrainingArguments, set_seed

set_seed(12)
random.seed(12)

CHORDS = ["C", "Dm", "Em", "F", "G", "Am", "Bdim", "C7", "D7", "E7", "A7", "Fm"]
BARS = 24
rules = random.Random(5)
NEXT = {(a, b): rules.sample(range(len(CHORDS)), 3) for a in range(len(CHORDS)) for b in range(len(CHORDS))}
WEIGHTS = [0.6, 0.3, 0.1]
best = math.exp(-sum(w * math.log(w) for w in WEIGHTS))


def compose():
    song = random.choices(range(len(CHORDS)), k=2)
    while len(song) < BARS:
        song.append(random.choices(NEXT[song[-2], song[-1]], WEIGHTS)[0])
    return song


class Songs(Dataset):
    def __init__(self, n):
        self.songs = torch.tensor([compose() for _ in range(n)])

    def __len__(self):
        return len(self.songs)

    def __getitem__(self, i):
        return {"input_ids": self.songs[i], "labels": self.songs[i]}


config = BertConfig(
    vocab_size=len(CHORDS),
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=128,
    max_position_embeddings=BARS,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    is_decoder=False,
)
model = BertLMHeadModel(config)

with tempfile.TemporaryDirectory() as folder:
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=folder, num_train_epochs=8, per_device_train_batch_size=32, learning_rate=3e-3,
            lr_scheduler_type="cosine", eval_strategy="epoch", save_strategy="no", report_to="none",
            disable_tqdm=True, use_cpu=True,
        ),
        train_dataset=Songs(2500),
        eval_dataset=Songs(200),
    )
    trainer.train()
    perplexity = math.exp(trainer.evaluate()["eval_loss"])

model.eval()
songs = torch.tensor([compose()[:4] for _ in range(100)])
with torch.no_grad():
    while songs.shape[1] < BARS:
        chances = model(input_ids=songs).logits[:, -1].softmax(-1)
        songs = torch.cat([songs, torch.multinomial(chances, 1)], dim=1)
fits = [c in NEXT[a, b] for s in songs.tolist() for a, b, c in zip(s[2:], s[3:], s[4:])]
print(f"validation perplexity {perplexity:.2f} (source {best:.2f}), own chords that fit {sum(fits) / len(fits):.3f}")
