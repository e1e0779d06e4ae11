import random

import torch
from torch.utils.data import DataLoader
from transformers import BertConfig, BertForSequenceClassification, set_seed

LEARNING_RATE = 2e-5
EPOCHS = 6
BATCH_SIZE = 32
set_seed(42)
torch.manual_seed(42)

# ---------------------------------------------------------------- data
STOPS = "harbour station market museum hospital school airport bridge castle park".split()
INTENTS = {
    "departure": ["when does the next bus leave from {a} to {b}", "at what time do you leave {a}", "next one to {b} please"],
    "price": ["how much is a ticket from {a} to {b}", "what do i pay to {b}", "price for two from {a}"],
    "lost": ["i left my umbrella in the bus to {b}", "did you find a bag at {a}", "my coat is still in the bus from {a}"],
    "delay": ["the bus to {b} is still not at {a}", "why is it so late at {a}", "how late is the one from {a} to {b}"],
    "route": ["which bus goes from {a} to {b}", "do i have to change at {a} to {b}", "how do i get to {b}"],
    "complaint": ["the driver did not stop at {a}", "it is so dirty in the bus to {b}", "nobody at {a} helps me"],
}
NAMES = list(INTENTS)


def make_calls(n, rng):
    calls = []
    for _ in range(n):
        label = rng.randrange(len(NAMES))
        a, b = rng.sample(STOPS, 2)
        words = rng.choice(INTENTS[NAMES[label]]).format(a=a, b=b).split()
        words = [w for w in words if rng.random() > 0.12]      # bad line: some words are not heard
        calls.append((words, label))
    return calls


rng = random.Random(42)
train_calls, val_calls = make_calls(1600, rng), make_calls(400, rng)
vocab = {w: i for i, w in enumerate(["[PAD]", "[CLS]", "[UNK]"] + sorted({w for words, _ in train_calls for w in words}))}


def collate(calls):
    rows = [[vocab["[CLS]"]] + [vocab.get(w, vocab["[UNK]"]) for w in words] for words, _ in calls]
    width = max(map(len, rows))
    input_ids = torch.tensor([r + [0] * (width - len(r)) for r in rows])
    return {"input_ids": input_ids, "attention_mask": (input_ids != 0).long(), "labels": torch.tensor([y for _, y in calls])}


train_loader = DataLoader(train_calls, batch_size=BATCH_SIZE, shuffle=True, collate_fn=collate)
val_loader = DataLoader(val_calls, batch_size=100, collate_fn=collate)

# ---------------------------------------------------------------- model
config = BertConfig(
    vocab_size=len(vocab), hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
    max_position_embeddings=24, num_labels=len(NAMES),
)
model = BertForSequenceClassification(config)
optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)

# ---------------------------------------------------------------- training
for epoch in range(1, EPOCHS + 1):
    model.train()
    train_loss = 0.0
    for batch in train_loader:
        optimizer.zero_grad()
        outputs = model(**batch)
        outputs.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += outputs.loss.item()

    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for batch in val_loader:
            outputs = model(**batch)
            val_loss += outputs.loss.item()
            correct += (outputs.logits.argmax(-1) == batch["labels"]).sum().item()
    print(f"epoch {epoch}/{EPOCHS} train_loss {train_loss / len(train_loader):.4f} "
          f"val_loss {val_loss / len(val_loader):.4f} val_acc {correct / len(val_calls):.4f}")
