import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(77)
rng = np.random.default_rng(77)

# Every writer draws the same curve with different size, tilt and jitter; 20 writers x 60 curves.
N_WRITERS, PER_WRITER, N_POINTS = 20, 60, 24
basis = np.stack([np.sin((k + 1) * np.linspace(0, np.pi, N_POINTS)) for k in range(8)])
habits = rng.normal(size=(N_WRITERS, 8))


def draw(writer):
    curve = (habits[writer] + 0.25 * rng.normal(size=8)) @ basis
    curve = curve + rng.normal(0, 3.0) * np.linspace(-1, 1, N_POINTS) + rng.normal(0, 3.0)
    return curve * rng.uniform(0.7, 1.4) + rng.normal(0, 0.3, N_POINTS)


curves = np.array([[draw(w) for _ in range(PER_WRITER)] for w in range(N_WRITERS)], dtype=np.float32)
curves = (curves - curves[:, :40].mean()) / curves[:, :40].std()
train_curves, val_curves = torch.from_numpy(curves[:, :40]), torch.from_numpy(curves[:, 40:])


class EmbeddingNet(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(N_POINTS, 64), nn.PReLU(),
            nn.Linear(64, 64), nn.PReLU(),
            nn.Linear(64, dim),
        )

    def forward(self, x):
        return nn.functional.normalize(self.net(x), dim=-1)


def triplets(n):
    a = torch.randint(N_WRITERS, (n,))
    b = (a + torch.randint(1, N_WRITERS, (n,))) % N_WRITERS
    i, j, k = torch.randint(40, (3, n))
    return train_curves[a, i], train_curves[a, j], train_curves[b, k]


@torch.no_grad()
def nearest_centre_accuracy(model):
    model.eval()
    centres = model(train_curves).mean(dim=1)
    distance = torch.cdist(model(val_curves).flatten(0, 1), centres)
    truth = torch.arange(N_WRITERS).repeat_interleave(val_curves.shape[1])
    model.train()
    return (distance.argmin(dim=1) == truth).float().mean().item()


model = EmbeddingNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
triplet_loss = nn.TripletMarginLoss(margin=0.5)
running = 0.0

for it in range(1, 1501):
    anchor, positive, negative = triplets(64)
    loss = triplet_loss(model(anchor), model(positive), model(negative))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    running += loss.item()
    if it % 150 == 0:
        print(f"iter {it}\ttriplet loss {running / 150:.4f}\tval accuracy {nearest_centre_accuracy(model):.4f}")
        running = 0.0
