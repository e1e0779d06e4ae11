import torch
import torch.nn as nn

CANDIDATES, BALLOTS = 5, 15


class BallotTransformer(nn.Module):
    def __init__(self, d_model=32, nhead=4, num_layers=2):
        super().__init__()
        self.token = nn.Embedding(CANDIDATES, d_model)
        self.position = nn.Parameter(0.02 * torch.randn(1, BALLOTS, d_model))
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers)
        self.classifier = nn.Linear(d_model, CANDIDATES)

    def forward(self, ballots):
        x = self.token(ballots) + self.position
        x = self.encoder(x)
        return self.classifier(x.mean(dim=1))


def elections(n):
    """Random ballots; elections without a clear winner are left out."""
    ballots = torch.randint(CANDIDATES, (2 * n, BALLOTS))
    counts = nn.functional.one_hot(ballots, CANDIDATES).sum(dim=1)
    best = counts.topk(2, dim=1)
    clear = best.values[:, 0] > best.values[:, 1]
    return ballots[clear][:n], best.indices[clear][:n, 0]


torch.manual_seed(16)
train_x, train_y = elections(3000)
val_x, val_y = elections(600)

model = BallotTransformer()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
batch_size = 50

for epoch in range(6):
    model.train()
    permutation = torch.randperm(len(train_x))
    running_loss, running_hits = 0.0, 0
    for i in range(0, len(train_x), batch_size):
        index = permutation[i:i + batch_size]
        x, y = train_x[index], train_y[index]
        optimizer.zero_grad()
        logits = model(x)
        loss = criterion(logits, y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(x)
        running_hits += (logits.argmax(dim=1) == y).sum().item()
    model.eval()
    with torch.no_grad():
        logits = model(val_x)
        val_loss = criterion(logits, val_y).item()
        val_acc = (logits.argmax(dim=1) == val_y).float().mean().item()
    print(f"Epoch {epoch + 1}: loss={running_loss / len(train_x):.4f} acc={running_hits / len(train_x):.3f} "
          f"val_loss={val_loss:.4f} val_acc={val_acc:.3f}")
