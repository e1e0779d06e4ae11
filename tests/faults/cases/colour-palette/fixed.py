import torch
import torch.nn as nn
import torch.nn.functional as F

NAMES = ["black", "white", "grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown"]
CENTRES = torch.tensor([
    [0.05, 0.05, 0.05], [0.95, 0.95, 0.95], [0.5, 0.5, 0.5], [0.85, 0.1, 0.1], [0.95, 0.55, 0.1], [0.95, 0.9, 0.2],
    [0.2, 0.65, 0.2], [0.1, 0.6, 0.6], [0.15, 0.25, 0.8], [0.5, 0.15, 0.6], [0.95, 0.6, 0.75], [0.45, 0.28, 0.12],
])


def survey(n, people=60):
    rgb = torch.rand(n, 3)
    opinion = F.softmax(-30 * torch.cdist(rgb, CENTRES) ** 2, dim=1)
    votes = torch.multinomial(opinion, people, replacement=True)
    return rgb, F.one_hot(votes, len(NAMES)).float().mean(1)


class Namer(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(3, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, len(NAMES)))

    def forward(self, rgb):
        return F.log_softmax(self.f((rgb - 0.5) / 0.29), dim=1)


def divergence(log_q, p):
    return F.kl_div(log_q, p, reduction="batchmean")


torch.manual_seed(15)
rgb, share = survey(3000)
rgb_val, share_val = survey(600)
namer = Namer()
adam = torch.optim.Adam(namer.parameters(), lr=3e-3)
for epoch in range(1, 21):
    for rows in torch.randperm(len(rgb)).split(50):
        adam.zero_grad()
        loss = divergence(namer(rgb[rows]), share[rows])
        loss.backward()
        adam.step()
    if epoch % 4 == 0:
        with torch.no_grad():
            guess = namer(rgb_val)
            distance = 0.5 * (guess.exp() - share_val).abs().sum(1).mean()
            top = (guess.argmax(1) == share_val.argmax(1)).float().mean()
        print(f"epoch {epoch}: loss {loss.item():.3f}, distance of the distributions {distance:.3f}, same favourite {top:.3f}")
