import random

import torch
from torch import nn


def expression(rng, depth=0):
    """Tokens of a random nested expression and its depth."""
    if depth >= 5 or rng.random() < 0.3 + 0.1 * depth:
        return ["x"], 0
    left, a = expression(rng, depth + 1)
    right, b = expression(rng, depth + 2)
    return ["(", *left, "+", *right, ")"], 1 + max(a, b)


TOKENS = {"(": 0, ")": 1, "+": 2, "x": 3}


def examples(n, rng):
    rows = []
    while len(rows) < n:
        tokens, depth = expression(rng)
        if 1 <= depth and rng.random() < (1.0 if depth > 2 else 0.5):
            rows.append((torch.tensor([TOKENS[t] for t in tokens]), torch.tensor([float(depth)])))
    return rows


class DepthReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(4, 8)
        self.lstm = nn.LSTM(8, 20)
        self.depth = nn.Linear(20, 1)

    def forward(self, tokens):
        states, _ = self.lstm(self.embedding(tokens))
        return self.depth(states[-1])


class AccumulatingTrainer:
    def __init__(self, model, lr, accumulate):
        self.model, self.accumulate = model, accumulate
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        self.loss = nn.MSELoss()
        self.pending = 0

    def train_step(self, tokens, depth):
        loss = self.loss(self.model(tokens), depth)
        loss.backward()
        self.pending += 1
        if self.pending == self.accumulate:
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.pending = 0
        return loss.item()

    def error(self, rows):
        self.model.eval()
        with torch.no_grad():
            wrong = sum(abs(self.model(tokens).item() - depth.item()) for tokens, depth in rows)
        self.model.train()
        return wrong / len(rows)


rng = random.Random(8)
torch.manual_seed(8)
train, test = examples(800, rng), examples(200, rng)
trainer = AccumulatingTrainer(DepthReader(), lr=0.08, accumulate=20)
for epoch in range(1, 11):
    rng.shuffle(train)
    losses = [trainer.train_step(tokens, depth) for tokens, depth in train]
    print(f"epoch {epoch:2d}  train mse {sum(losses) / len(losses):.4f}  test mean error {trainer.error(test):.3f}")
