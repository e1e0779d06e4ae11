import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix, recall_score

gen = torch.Generator().manual_seed(21)
torch.manual_seed(21)
NAMES = ["wind only", "cricket", "katydid", "cicada"]
SHARE = torch.tensor([0.97, 0.01, 0.01, 0.01])
BANDS = 24
centres = torch.tensor([0.0, 6.0, 12.0, 18.0])


def record(n):
    which = torch.multinomial(SHARE, n, replacement=True, generator=gen)
    bands = torch.arange(BANDS).float()
    bump = torch.exp(-((bands[None] - centres[which][:, None]) ** 2) / 8.0)
    bump[which == 0] = 0.0
    loud = 0.7 + 0.3 * torch.rand(n, 1, generator=gen)
    return loud * bump + 0.6 * torch.randn(n, BANDS, generator=gen), which


clips, species = record(15000)
later_clips, later_species = record(4000)
print("training clips per class:", torch.bincount(species).tolist())

net = torch.nn.Sequential(
    torch.nn.Linear(BANDS, 16), torch.nn.ReLU(),
    torch.nn.Linear(16, len(NAMES)),
)
sgd = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
for night in range(1, 9):
    order = torch.randperm(len(clips), generator=gen)
    running = 0.0
    for idx in order.split(150):
        out, t = net(clips[idx]), species[idx]
        loss = F.cross_entropy(out, t)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        running += loss.item() * len(idx)
    if night % 2 == 0:
        print(f"night {night}: loss {running / len(clips):.4f}")

net.eval()
with torch.no_grad():
    guess = net(later_clips).argmax(dim=1)
print(confusion_matrix(later_species, guess))
print(f"accuracy {(guess == later_species).float().mean():.3f}, mean recall over the {len(NAMES)} classes "
      f"{recall_score(later_species, guess, average='macro'):.3f}")
