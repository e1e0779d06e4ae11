import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

N_LISTENERS, N_SHOWS, N_EVENTS = 500, 300, 16000


def simulate():
    listeners = torch.randn(N_LISTENERS, 8)
    shows = torch.randn(N_SHOWS, 14)
    theme = torch.stack([shows[:, 0] * shows[:, 1], shows[:, 2].abs() - 0.8, shows[:, 3] * shows[:, 4], shows[:, 5].sign()], 1)
    u = torch.randint(0, N_LISTENERS, (N_EVENTS,))
    s = torch.randint(0, N_SHOWS, (N_EVENTS,))
    affinity = (listeners[u, :4] * theme[s]).sum(1)
    finished = torch.bernoulli(torch.sigmoid(2.5 * affinity))
    return listeners, shows, u, s, finished


class TwoTower(nn.Module):
    def __init__(self, n_listener, n_show, dim=12):
        super().__init__()
        self.listener_tower = nn.Sequential(nn.Linear(n_listener, 48), nn.ReLU(), nn.Linear(48, dim))
        self.show_tower = nn.Sequential(nn.Linear(n_show, 48), nn.ReLU(), nn.Linear(48, dim))
        self.bias = nn.Parameter(torch.zeros(1))

    def encode_shows(self, shows):
        with torch.no_grad():
            return self.show_tower(shows)

    def forward(self, listeners, shows):
        a = self.listener_tower(listeners)
        b = self.encode_shows(shows)
        return (a * b).sum(dim=1) + self.bias


def evaluate(model, loader, listeners, shows):
    model.eval()
    scores, truth = [], []
    with torch.no_grad():
        for u, s, y in loader:
            scores.append(model(listeners[u], shows[s]))
            truth.append(y)
    return roc_auc_score(torch.cat(truth).numpy(), torch.cat(scores).numpy())


torch.manual_seed(8)
listeners, shows, u, s, finished = simulate()
train_set, val_set = random_split(TensorDataset(u, s, finished), [N_EVENTS - 3000, 3000])
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)

model = TwoTower(8, 14)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(1, 13):
    model.train()
    total = 0.0
    for u, s, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(listeners[u], shows[s]), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 2 == 0:
        auc = evaluate(model, val_loader, listeners, shows)
        print(f"epoch {epoch:2d} | loss {total / len(train_loader):.4f} | val AUC {auc:.4f}")
