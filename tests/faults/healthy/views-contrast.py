import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import nn

torch.manual_seed(2)
digits = load_digits()
pixels = torch.tensor(digits.images, dtype=torch.float32) / 8 - 1
order = torch.randperm(len(pixels))
train, test = order[:1400], order[1400:]


def augment(images):
    shift_y, shift_x = torch.randint(-1, 2, (2,)).tolist()
    images = torch.roll(images, (shift_y, shift_x), (1, 2))
    images = images * (0.8 + 0.4 * torch.rand(len(images), 1, 1))
    return (images + 0.2 * torch.randn_like(images)).flatten(1)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 48), nn.ReLU())
        self.projector = nn.Sequential(nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 24))

    def forward(self, x):
        return F.normalize(self.projector(self.backbone(x)), dim=1)


def nt_xent(a, b, temperature=0.3):
    z = torch.cat([a, b])
    similarity = z @ z.T / temperature
    similarity = similarity.masked_fill(torch.eye(len(z), dtype=torch.bool), -1e9)
    partner = torch.arange(len(z)).roll(len(a))
    return F.cross_entropy(similarity, partner)


net = Encoder()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(1, 31):
    net.train()
    losses = []
    for idx in train[torch.randperm(len(train))].split(200):
        loss = nt_xent(net(augment(pixels[idx])), net(augment(pixels[idx])))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 10 == 0:
        net.eval()
        with torch.no_grad():
            codes = net.backbone(pixels.flatten(1)).numpy()
        probe = LogisticRegression(max_iter=500).fit(codes[train], digits.target[train])
        print(f"epoch {epoch}: contrastive loss {sum(losses) / len(losses):.3f} linear probe {probe.score(codes[test], digits.target[test]):.3f}")
