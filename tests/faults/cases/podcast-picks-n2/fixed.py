import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

N_USERS, N_SHOWS, RANK = 300, 120, 6


def collect_ratings(seed=6):
    """Listeners rate some of the shows from 1 to 5, by taste."""
    g = torch.Generator().manual_seed(seed)
    taste = torch.randn(N_USERS, 3, generator=g)
    style = torch.randn(N_SHOWS, 3, generator=g)
    kindness = 0.4 * torch.randn(N_USERS, 1, generator=g)
    fame = 0.6 * torch.randn(1, N_SHOWS, generator=g)
    stars = 3.2 + 0.55 * taste @ style.T + kindness + fame + 0.25 * torch.randn(N_USERS, N_SHOWS, generator=g)
    rated = torch.rand(N_USERS, N_SHOWS, generator=g) < 0.55
    users, shows = rated.nonzero(as_tuple=True)
    return users, shows, stars.clamp(1, 5)[rated]


class MatrixFactorization(nn.Module):
    def __init__(self, mean):
        super().__init__()
        self.user = nn.Embedding(N_USERS, RANK)
        self.show = nn.Embedding(N_SHOWS, RANK)
        self.user_bias = nn.Embedding(N_USERS, 1)
        self.show_bias = nn.Embedding(N_SHOWS, 1)
        self.register_buffer("mean", mean)
        for table in (self.user, self.show):
            nn.init.normal_(table.weight, std=0.1)
        for table in (self.user_bias, self.show_bias):
            nn.init.zeros_(table.weight)

    def forward(self, u, s):
        dot = (self.user(u) * self.show(s)).sum(dim=1)
        return self.mean + dot + self.user_bias(u).squeeze(1) + self.show_bias(s).squeeze(1)


def train_step(model, batch, optimizer):
    users, shows, stars = batch
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(users, shows), stars)
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def rmse(model, loader):
    model.eval()
    se = sum(((model(u, s) - r) ** 2).sum().item() for u, s, r in loader)
    return (se / len(loader.dataset)) ** 0.5


torch.manual_seed(6)
ratings = TensorDataset(*collect_ratings())
n_val = len(ratings) // 10
train_set, val_set = random_split(ratings, [len(ratings) - n_val, n_val])
train_loader = DataLoader(train_set, batch_size=200, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)
mean_rating = torch.stack([train_set[i][2] for i in range(len(train_set))]).mean()
model = MatrixFactorization(mean_rating)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)

for epoch in range(1, 8):
    losses = [train_step(model, batch, optimizer) for batch in train_loader]
    print(f"epoch {epoch:2d}  train mse {sum(losses) / len(losses):.4f}  val rmse {rmse(model, val_loader):.4f} stars")
