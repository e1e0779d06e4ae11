import numpy as np
import torch
import torch.nn as nn
from sklearn.feature_extraction.text import CountVectorizer

torch.manual_seed(33)
rng = np.random.default_rng(33)

warm = "splendid radiant moving tender glorious subtle rich fine noble bright".split()
cold = "dull shrill wooden tired flat loud empty weak heavy lost".split()
plain = "the a of and in stage cast hall tenor aria act chorus horn seat light dress singer evening second third".split()


def review(kind):
    own, other = (warm, cold) if kind else (cold, warm)
    words = list(rng.choice(own, 3)) + list(rng.choice(other, 1)) + list(rng.choice(plain, 12))
    rng.shuffle(words)
    return " ".join(words)


def reviews(n):
    kinds = rng.integers(0, 2, n)
    texts = [review(k) for k in kinds]
    careless = rng.random(n) < 0.08  # a reader ticked the other box
    return texts, torch.tensor(kinds ^ careless, dtype=torch.float32)


train_text, y_train = reviews(800)
val_text, y_val = reviews(800)
vectorizer = CountVectorizer().fit(train_text)
counts = vectorizer.transform(train_text).toarray()
mean, scale = counts.mean(0), counts.std(0) + 0.1
X_train = torch.tensor((counts - mean) / scale, dtype=torch.float32)
X_val = torch.tensor((vectorizer.transform(val_text).toarray() - mean) / scale, dtype=torch.float32)

hidden, epochs, weight_decay = 8, 10, 0.05
model = nn.Sequential(
    nn.Linear(X_train.shape[1], hidden), nn.ReLU(),
    nn.Linear(hidden, hidden), nn.ReLU(),
    nn.Linear(hidden, 1), nn.Flatten(0),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=weight_decay)

for epoch in range(1, epochs + 1):
    model.train()
    for idx in torch.randperm(len(X_train)).split(20):
        optimizer.zero_grad()
        loss = criterion(model(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        train_loss = criterion(model(X_train), y_train).item()
        logits = model(X_val)
        val_loss = criterion(logits, y_val).item()
        val_acc = ((logits > 0) == (y_val > 0.5)).float().mean().item()
    if epoch % 2 == 0:
        print(f"epoch {epoch}: train loss {train_loss:.3f}, val loss {val_loss:.3f}, val accuracy {val_acc:.3f}")
