import torch
import torch.nn as nn
import torch.nn.functional as F

N_TAGS, DIM = 12, 40


def sample(n, prototypes, gen):
    tag = torch.randint(N_TAGS, (n,), generator=gen)
    nuisance = torch.randn(n, 6, generator=gen) @ prototypes[N_TAGS:]
    return prototypes[tag] + 0.9 * nuisance + 0.4 * torch.randn(n, DIM, generator=gen), tag


class Embedder(nn.Module):
    def __init__(self, out_dim=8):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(DIM, 64), nn.ReLU(), nn.Linear(64, out_dim))

    def forward(self, x):
        return self.layers(x)


def pairwise_distances(z):
    diff = z.unsqueeze(0) - z.unsqueeze(1)
    return torch.sqrt((diff ** 2).sum(dim=-1))


def contrastive_loss(z, tag, margin=2.0):
    dist = pairwise_distances(z)
    same = tag.unsqueeze(0) == tag.unsqueeze(1)
    off_diagonal = ~torch.eye(len(z), dtype=torch.bool)
    pull = (dist ** 2)[same & off_diagonal].mean()
    push = (F.relu(margin - dist) ** 2)[~same].mean()
    return pull + push


@torch.no_grad()
def nearest_neighbour_accuracy(model, gallery, gallery_tag, query, query_tag):
    model.eval()
    dist = torch.cdist(model(query), model(gallery))
    return (gallery_tag[dist.argmin(dim=1)] == query_tag).float().mean().item()


torch.manual_seed(11)
gen = torch.Generator().manual_seed(11)
prototypes = torch.randn(N_TAGS + 6, DIM, generator=gen) / 2
x_train, tag_train = sample(2400, prototypes, gen)
x_val, tag_val = sample(600, prototypes, gen)
scale = x_train.std()
x_train, x_val = x_train / scale, x_val / scale

model = Embedder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(12):
    model.train()
    epoch_loss = 0.0
    batches = torch.randperm(len(x_train)).split(96)
    for idx in batches:
        loss = contrastive_loss(model(x_train[idx]), tag_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    acc = nearest_neighbour_accuracy(model, x_train, tag_train, x_val, tag_val)
    print(f"epoch {epoch:2d}  contrastive loss {epoch_loss / len(batches):.4f}  1-NN accuracy {acc:.3f}")
