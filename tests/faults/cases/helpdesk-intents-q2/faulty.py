import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

MAX_LEN = 12
VOCAB_SIZE = 400
NUM_INTENTS = 30
EPOCHS = 12

torch.manual_seed(99)
rs = np.random.RandomState(99)

# Every desk has its own favourite words, the rest of a request is small talk
favourites = np.stack([rs.choice(VOCAB_SIZE - 1, 15, replace=False) + 1 for _ in range(NUM_INTENTS)])


def build_requests(n):
    intents = rs.randint(0, NUM_INTENTS, n)
    own = favourites[intents[:, None], rs.randint(0, 15, (n, MAX_LEN))]
    small_talk = rs.randint(1, VOCAB_SIZE, (n, MAX_LEN))
    tokens = np.where(rs.rand(n, MAX_LEN) < 0.5, own, small_talk)
    return TensorDataset(torch.from_numpy(tokens), torch.from_numpy(intents))


train_ds, val_ds = build_requests(6000), build_requests(1000)
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=500)


class IntentModel(nn.Module):
    """Embedding -> GlobalAveragePooling1D -> Dense(64, relu) -> Dropout -> Dense(30)"""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB_SIZE, 32)
        self.dense_1 = nn.Linear(32, 64)
        self.dropout = nn.Dropout(0.3)
        self.dense_2 = nn.Linear(64, NUM_INTENTS)

    def forward(self, tokens):
        x = self.embedding(tokens).mean(dim=1)
        x = F.relu(self.dense_1(x))
        x = self.dropout(x)
        return F.softmax(self.dense_2(x), dim=-1)


model = IntentModel()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)

for epoch in range(EPOCHS):
    model.train()
    train_loss = 0.0
    for tokens, intents in train_dl:
        optimizer.zero_grad()
        loss = loss_fn(model(tokens), intents)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(tokens)

    model.eval()
    val_loss, val_acc = 0.0, 0.0
    with torch.no_grad():
        for tokens, intents in val_dl:
            outputs = model(tokens)
            val_loss += loss_fn(outputs, intents).item() * len(tokens)
            val_acc += (outputs.argmax(dim=-1) == intents).float().sum().item()
    print(f"Epoch {epoch + 1}/{EPOCHS} - loss: {train_loss / len(train_ds):.4f} "
          f"- val_loss: {val_loss / len(val_ds):.4f} - val_accuracy: {val_acc / len(val_ds):.4f}")
