import numpy as np
import torch
import torch.nn as nn

BASES = "ACGT"
LEN = 20


def plant(rng):
    s = rng.integers(0, 4, LEN)
    a, b = sorted(rng.choice(np.arange(0, LEN - 4, 5), 2, replace=False))
    first, second = ("TATA", "GCGC") if rng.random() < 0.5 else ("GCGC", "TATA")
    s[a:a + 4] = [BASES.index(c) for c in first]
    s[b:b + 4] = [BASES.index(c) for c in second]
    return s, float(first == "TATA")


def strings(n, seed):
    rng = np.random.default_rng(seed)
    rows = [plant(rng) for _ in range(n)]
    x = torch.from_numpy(np.stack([r[0] for r in rows]))
    return nn.functional.one_hot(x, 4).float(), torch.tensor([r[1] for r in rows])


class MotifReader(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(4, hidden, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * hidden)
        self.fc = nn.Linear(2 * hidden, 1)

    def forward(self, x):
        _, h_n = self.gru(x)
        h = h_n.transpose(0, 1).reshape(x.size(0), -1)
        return self.fc(self.norm(h)).squeeze(1)


torch.manual_seed(13)
x_train, y_train = strings(1500, 0)
x_test, y_test = strings(400, 1)
model = MotifReader()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(12):
    model.train()
    perm = torch.randperm(len(x_train))
    epoch_loss = 0
    for i in range(0, len(x_train), 50):
        b = perm[i:i + 50]
        optimizer.zero_grad()
        loss = criterion(model(x_train[b]), y_train[b])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        epoch_loss += loss.item()
    model.eval()
    with torch.no_grad():
        out = model(x_test)
        print("epoch", epoch + 1, "loss %.4f" % (epoch_loss / 30), "test loss %.4f" % criterion(out, y_test).item(),
              "test acc %.3f" % ((out > 0).float() == y_test).float().mean().item())
