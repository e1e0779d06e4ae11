import random

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

random.seed(2)
np.random.seed(2)
torch.manual_seed(2)

VOCAB, LENGTH = 1500, 24

# words: most say nothing, some lean to praise or to a slating, and each play has its own
lean = np.where(np.random.rand(VOCAB) < 0.35, np.random.normal(0, 0.9, VOCAB), 0)
frequency = 1 / (np.arange(VOCAB) + 20)
plays = np.random.dirichlet(np.full(VOCAB, 0.3), size=25)


def write_review(liked):
    p = (0.8 * frequency / frequency.sum() + 0.2 * random.choice(plays)) * np.exp(lean if liked else -lean)
    return np.random.choice(VOCAB, LENGTH, p=p / p.sum())


def make_reviews(n):
    liked = np.random.randint(0, 2, n)
    words = np.stack([write_review(k) for k in liked])
    flipped = np.random.rand(n) < 0.08  # a few readers click the other thumb
    return TensorDataset(torch.tensor(words), torch.tensor(np.where(flipped, 1 - liked, liked)))


train_data, valid_data = make_reviews(600), make_reviews(600)
train_loader = DataLoader(train_data, batch_size=32, shuffle=True)
valid_loader = DataLoader(train_data, batch_size=100)


class ReviewClassifier(nn.Module):
    def __init__(self, dim=64, hidden=64):
        super().__init__()
        self.embedding = nn.EmbeddingBag(VOCAB, dim, mode="mean")
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, 2))

    def forward(self, words):
        return self.mlp(self.embedding(words))


model = ReviewClassifier()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

num_epochs = 60
for epoch in range(num_epochs):
    model.train()
    train_losses = []
    for words, liked in train_loader:
        optimizer.zero_grad()
        loss = loss_function(model(words), liked)
        loss.backward()
        optimizer.step()
        train_losses.append(loss.item())

    model.eval()
    valid_losses, correct = [], 0
    with torch.no_grad():
        for words, liked in valid_loader:
            scores = model(words)
            valid_losses.append(loss_function(scores, liked).item())
            correct += (scores.argmax(dim=1) == liked).sum().item()
    print(
        f"Epoch {epoch + 1:02d} | Train Loss: {np.mean(train_losses):.3f} "
        f"| Val. Loss: {np.mean(valid_losses):.3f} | Val. Acc: {correct / len(valid_loader.dataset):.2%}"
    )
