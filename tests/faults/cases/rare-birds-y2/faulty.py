import math

import torch
from torch import nn

torch.manual_seed(21)
N_SPECIES, N_FEATURES, PRIOR = 10, 32, 0.01


def make_calls(n, prototypes):
    present = (torch.rand(n, N_SPECIES) < 0.12).float()
    sound = present @ prototypes + 0.35 * torch.randn(n, N_FEATURES)
    return sound, present


class BirdNet(nn.Module):
    def __init__(self, prior: float = PRIOR):
        super().__init__()
        self.prior_logit = -math.log((1 - prior) / prior)
        self.trunk = nn.Sequential(
            nn.Linear(N_FEATURES, 96), nn.ReLU(),
            nn.Linear(96, 96), nn.ReLU(),
        )
        self.species = nn.Linear(96, N_SPECIES)
        self.apply(self._init)

    def _init(self, module):
        # start from "almost nothing is present"
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.constant_(module.bias, self.prior_logit)

    def forward(self, x):
        return self.species(self.trunk(x))


prototypes = torch.randn(N_SPECIES, N_FEATURES)
train_x, train_y = make_calls(3000, prototypes)
test_x, test_y = make_calls(800, prototypes)
mean, std = train_x.mean(0), train_x.std(0)
train_x, test_x = (train_x - mean) / std, (test_x - mean) / std

model = BirdNet()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-4)
for epoch in range(15):
    model.train()
    for batch in torch.randperm(len(train_x)).split(50):
        optimizer.zero_grad()
        loss_fn(model(train_x[batch]), train_y[batch]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        logits = model(test_x)
    said = (logits > 0).float()
    hit = (said * test_y).sum()
    f1 = 2 * hit / (said.sum() + test_y.sum()).clamp(min=1)
    print(f"epoch {epoch + 1} loss {loss_fn(logits, test_y):.4f} f1 {f1:.3f}")
