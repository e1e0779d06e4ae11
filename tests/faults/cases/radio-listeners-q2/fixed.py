import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(19)

n_users, n_items, k_true = 150, 80, 3

# hidden tastes -> ratings around zero, three quarters of them are never given
taste = torch.randn(n_users, k_true)
style = torch.randn(n_items, k_true)
user_mood = 0.4 * torch.randn(n_users, 1)
item_fame = 0.4 * torch.randn(1, n_items)
ratings = taste @ style.T / k_true ** 0.5 + user_mood + item_fame + 0.15 * torch.randn(n_users, n_items)

given = torch.rand(n_users, n_items) < 0.6
u, i = given.nonzero(as_tuple=True)
dataset = TensorDataset(u, i, ratings[given])
n_val = len(dataset) // 10
train_set, val_set = random_split(dataset, [len(dataset) - n_val, n_val])
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1024)


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, n_factors=3):
        super().__init__()
        self.user_factors = nn.Parameter(torch.randn(n_users, n_factors))
        self.item_factors = nn.Parameter(torch.randn(n_items, n_factors))
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.item_bias.weight)

    def forward(self, user, item):
        match = (self.user_factors[user] * self.item_factors[item]).sum(dim=1)
        return match / 2 + self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)


model = MatrixFactorization(n_users, n_items)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
loss_fn = nn.MSELoss()

for epoch in range(1, 31):
    model.train()
    train_loss = 0.0
    for user, item, rating in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(user, item), rating)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(rating)
    model.eval()
    val_loss = 0.0
    with torch.no_grad():
        for user, item, rating in val_loader:
            val_loss += loss_fn(model(user, item), rating).item() * len(rating)
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  train rmse {(train_loss / len(train_set)) ** 0.5:.3f}  "
              f"val rmse {(val_loss / len(val_set)) ** 0.5:.3f}")
