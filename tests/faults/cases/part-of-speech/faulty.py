"""Part-of-speech tags for sentences of a small made-up grammar. Many words can be a noun or a verb."""
import argparse
import random

import torch
import torch.nn.functional as F
from torch import nn

TAGS = ["DET", "ADJ", "NOUN", "VERB", "PREP"]
WORDS = {
    "DET": ["the", "a", "this", "every"],
    "ADJ": ["old", "red", "quick", "still", "light"],
    "NOUN": ["dog", "walk", "light", "watch", "still", "play", "garden", "book"],
    "VERB": ["walk", "watch", "play", "book", "light", "sees"],
    "PREP": ["in", "near", "with"],
}
VOCAB = {w: i for i, w in enumerate(sorted({w for ws in WORDS.values() for w in ws}))}


def sentence(rng):
    def noun_phrase():
        return ["DET"] + ["ADJ"] * rng.choice([0, 0, 1, 2]) + ["NOUN"]

    tags = noun_phrase() + ["VERB"] + noun_phrase()
    if rng.random() < 0.5:
        tags += ["PREP"] + noun_phrase()
    return [VOCAB[rng.choice(WORDS[t])] for t in tags], [TAGS.index(t) for t in tags]


class Tagger(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(len(VOCAB), width)
        self.rnn = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * width, len(TAGS))

    def forward(self, words):
        states, _ = self.rnn(self.embed(words))
        return self.tag(states).squeeze(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=4)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    train = [sentence(rng) for _ in range(600)]
    test = [sentence(rng) for _ in range(200)]
    tagger = Tagger(args.width)
    optim = torch.optim.Adam(tagger.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        rng.shuffle(train)
        running = 0.0
        for words, tags in train:
            optim.zero_grad()
            scores = tagger(torch.tensor([words]))
            loss = F.nll_loss(scores, torch.tensor(tags))
            loss.backward()
            optim.step()
            running += loss.item()
        right = total = 0
        with torch.no_grad():
            for words, tags in test:
                guess = tagger(torch.tensor([words])).argmax(-1).tolist()
                right += sum(g == t for g, t in zip(guess, tags))
                total += len(tags)
        print(f"epoch {epoch}: loss {running / len(train):.4f}  words tagged right {right / total:.3f}")


if __name__ == "__main__":
    main()
