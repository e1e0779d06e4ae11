import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

TOPICS = ["soil", "roses", "tomatoes", "slugs", "lawn", "pruning", "compost", "bulbs"]
VOCAB, DIM, PAD = 500, 16, 0


def write_questions(n, rng):
    """Word numbers; each topic prefers 25 words of its own, the others are common to all."""
    questions, topics = [], rng.integers(0, len(TOPICS), n)
    for topic in topics:
        length = rng.integers(8, 20)
        words = rng.integers(201, VOCAB, length)
        special = rng.random(length) < 0.3
        words[special] = 1 + 25 * topic + rng.integers(0, 25, special.sum())
        questions.append(words)
    return list(zip(questions, topics))


def collate(batch):
    width = max(len(words) for words, _ in batch)
    tokens = torch.full((len(batch), width), PAD)
    for row, (words, _) in enumerate(batch):
        tokens[row, :len(words)] = torch.as_tensor(words)
    return tokens, torch.tensor([int(topic) for _, topic in batch])


class MeanOfVectors(nn.Module):
    def __init__(self, vectors, n_classes):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(vectors.shape[1], n_classes)

    def forward(self, tokens):
        mask = (tokens != PAD).unsqueeze(-1)
        mean = (self.embedding(tokens) * mask).sum(1) / mask.sum(1)
        return self.out(self.dropout(mean))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, correct, seen = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for tokens, topic in loader:
            logits = model(tokens)
            loss = criterion(logits, topic)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(topic)
            correct += (logits.argmax(1) == topic).sum().item()
            seen += len(topic)
    return loss_sum / seen, correct / seen


def main():
    torch.manual_seed(9)
    rng = np.random.default_rng(9)
    train_loader = DataLoader(write_questions(5000, rng), batch_size=50, shuffle=True, collate_fn=collate)
    valid_loader = DataLoader(write_questions(1000, rng), batch_size=200, collate_fn=collate)
    # our own vectors: no download needed
    vectors = torch.randn(VOCAB, DIM)
    vectors[PAD] = 0
    model = MeanOfVectors(vectors, len(TOPICS))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    for epoch in range(1, 11):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, optimizer)
        valid_loss, valid_acc = run_epoch(model, valid_loader, criterion)
        print(f"Epoch: {epoch:02} | Train Loss: {train_loss:.3f} | Train Acc: {train_acc * 100:.2f}% | "
              f"Val. Loss: {valid_loss:.3f} | Val. Acc: {valid_acc * 100:.2f}%")


main()
