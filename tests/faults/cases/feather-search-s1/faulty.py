import torch
from torch import nn

BIRDS, FEATURES = 20, 32


class Embedder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, dim))

    def forward(self, x):
        return self.net(x)


def pairwise_distances(emb):
    """Euclidean distances of all pairs in the batch, (n, n)."""
    diff = emb.unsqueeze(0) - emb.unsqueeze(1)
    squared = diff.pow(2).sum(dim=2)
    return squared.sqrt()


def batch_hard_triplet_loss(emb, labels, margin=1.0):
    dist = pairwise_distances(emb)
    same = labels.unsqueeze(0) == labels.unsqueeze(1)
    hardest_positive = (dist * same).amax(dim=1)
    hardest_negative = (dist + 1e3 * same).amin(dim=1)
    return torch.relu(hardest_positive - hardest_negative + margin).mean()


def feathers(n, birds, warp):
    labels = torch.randint(BIRDS, (n,))
    x = torch.tanh(birds[labels] + 0.3 * torch.randn(n, 8)) @ warp + 0.3 * torch.randn(n, FEATURES)
    return x / 1.7, labels


def balanced_batch(labels, birds_per_batch=10, feathers_per_bird=5):
    chosen = torch.randperm(BIRDS)[:birds_per_batch]
    rows = []
    for bird in chosen:
        of_bird = (labels == bird).nonzero().squeeze(1)
        rows.append(of_bird[torch.randperm(len(of_bird))[:feathers_per_bird]])
    return torch.cat(rows)


@torch.no_grad()
def nearest_neighbour_accuracy(model, gallery, query):
    model.eval()
    dist = torch.cdist(model(query[0]), model(gallery[0]))
    return (gallery[1][dist.argmin(dim=1)] == query[1]).float().mean().item()


torch.manual_seed(12)
birds, warp = torch.randn(BIRDS, 8) * 1.2, torch.randn(8, FEATURES) * 0.7
train_x, train_y = feathers(2000, birds, warp)
gallery, query = feathers(600, birds, warp), feathers(400, birds, warp)
model = Embedder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(10):
    model.train()
    epoch_loss = 0.0
    for _ in range(40):
        batch = balanced_batch(train_y)
        loss = batch_hard_triplet_loss(model(train_x[batch]), train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / 40
    print(f"epoch {epoch + 1}: triplet loss {epoch_loss:.4f}, "
          f"nearest-neighbour accuracy {nearest_neighbour_accuracy(model, gallery, query):.4f}")
