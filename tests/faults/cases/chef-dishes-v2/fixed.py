import torch
import torch.nn.functional as F
from torch import nn


class Tower(nn.Module):
    def __init__(self, n_in, n_hidden=96, n_out=24):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


class DishWorld:
    """A dish is a point in a small space; recipes and photos are two different views of it."""

    def __init__(self, seed, n_latent=8, n_recipe=30, n_photo=50):
        self.gen = torch.Generator().manual_seed(seed)
        self.to_recipe = torch.randn(n_latent, n_recipe, generator=self.gen) / n_latent ** 0.5
        self.to_photo = torch.randn(n_latent, n_photo, generator=self.gen) / n_latent ** 0.5

    def sample(self, n):
        dish = torch.randn(n, self.to_recipe.shape[0], generator=self.gen)
        recipe = torch.tanh(1.5 * dish @ self.to_recipe) / 0.7
        photo = torch.sin(1.5 * dish @ self.to_photo) / 0.7
        noise = [0.3 * torch.randn(view.shape, generator=self.gen) for view in (recipe, photo)]
        return recipe + noise[0], photo + noise[1]


def info_nce(a, b, temperature=0.1):
    scores = a @ b.T / temperature
    target = torch.arange(len(a))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def recall_at_1(recipe_tower, photo_tower, recipes, photos):
    recipe_tower.eval(), photo_tower.eval()
    with torch.no_grad():
        nearest = (recipe_tower(recipes) @ photo_tower(photos).T).argmax(1)
    return (nearest == torch.arange(len(recipes))).float().mean().item()


torch.manual_seed(23)
world = DishWorld(seed=23)
recipes, photos = world.sample(6000)
val_recipes, val_photos = world.sample(300)

recipe_tower, photo_tower = Tower(recipes.shape[1]), Tower(photos.shape[1])
opt_recipe = torch.optim.SGD(recipe_tower.parameters(), lr=0.5, momentum=0.9)
opt_photo = torch.optim.SGD(photo_tower.parameters(), lr=0.5, momentum=0.9)

for epoch in range(1, 13):
    recipe_tower.train(), photo_tower.train()
    total = 0.0
    for idx in torch.randperm(len(recipes)).split(100):
        loss = info_nce(recipe_tower(recipes[idx]), photo_tower(photos[idx]))
        opt_recipe.zero_grad()
        opt_photo.zero_grad()
        loss.backward()
        opt_recipe.step()
        opt_photo.step()
        total += loss.item() * len(idx)
    if epoch % 3 == 0:
        recall = recall_at_1(recipe_tower, photo_tower, val_recipes, val_photos)
        print(f"epoch {epoch}: loss {total / len(recipes):.3f}, recall@1 among {len(val_recipes)} dishes {recall:.3f}")
