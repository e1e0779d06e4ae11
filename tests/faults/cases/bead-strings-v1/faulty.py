from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, TensorDataset
from transformers import BertConfig, BertForSequenceClassification


@dataclass
class TrainingConfig:
    epochs: int = 10
    batch_size: int = 40
    learning_rate: float = 5e-2
    weight_decay: float = 0.01
    warmup_steps: int = 50
    max_grad_norm: float = 1.0
    seed: int = 13


COLOURS = 4
CLS = COLOURS  # the token in front


def bead_strings(n, length, generator):
    """Strings in which one colour is in front of all others by two beads at least."""
    rows, labels = [], []
    while len(rows) < n:
        favourite = torch.randint(COLOURS, (1,), generator=generator)
        odds = torch.full((COLOURS,), 1.0)
        odds[favourite] = 2.0
        beads = torch.multinomial(odds, length, replacement=True, generator=generator)
        counts = beads.bincount(minlength=COLOURS)
        first, second = counts.topk(2).values
        if first - second >= 2:
            rows.append(torch.cat([torch.tensor([CLS]), beads]))
            labels.append(counts.argmax())
    return TensorDataset(torch.stack(rows), torch.stack(labels))


def evaluate(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for tokens, labels in loader:
            hits += (model(input_ids=tokens).logits.argmax(-1) == labels).sum().item()
    return hits / len(loader.dataset)


def main():
    cfg = TrainingConfig()
    torch.manual_seed(cfg.seed)
    generator = torch.Generator().manual_seed(cfg.seed)
    train_loader = DataLoader(bead_strings(2000, 15, generator), batch_size=cfg.batch_size, shuffle=True)
    val_loader = DataLoader(bead_strings(500, 15, generator), batch_size=250)

    model = BertForSequenceClassification(BertConfig(
        vocab_size=COLOURS + 1, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=16, initializer_range=0.08, num_labels=COLOURS,
    ))
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.learning_rate, weight_decay=cfg.weight_decay)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, total_iters=cfg.warmup_steps)

    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for tokens, labels in train_loader:
            loss = model(input_ids=tokens, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.max_grad_norm)
            optimizer.step()
            scheduler.step()
            total += loss.item()
        print(f"epoch {epoch + 1} | loss {total / len(train_loader):.4f} | val accuracy {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
