import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(77)

# guests compared two hotels each; learn a score that reproduces their choices
n_hotels, n_traits, n_choices = 800, 10, 22000
hotels = torch.randn(n_hotels, n_traits)
quality = hotels[:, 0] * 2 - hotels[:, 1] ** 2 + 2 * torch.sin(2 * hotels[:, 2]) + hotels[:, 3] * hotels[:, 4]
left = torch.randint(n_hotels, (n_choices,))
right = torch.randint(n_hotels, (n_choices,))
picked_left = (torch.rand(n_choices) < torch.sigmoid(3 * (quality[left] - quality[right]))).float()

n_train = 20000
scorer = nn.Sequential(nn.Linear(n_traits, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(scorer.parameters(), lr=0.05, momentum=0.5)
batch_size = 16


def margin(i):
    return (scorer(hotels[left[i]]) - scorer(hotels[right[i]])).squeeze(1)


def agreement(i):
    with torch.no_grad():
        return ((margin(i) > 0).float() == picked_left[i]).float().mean().item()


held_out = torch.arange(n_train, n_choices)
for epoch in range(6):
    total, seen = 0.0, 0
    for i in torch.randperm(n_train).split(batch_size):
        loss = F.binary_cross_entropy_with_logits(margin(i), picked_left[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(i)
        seen += len(i)
    print(f"epoch {epoch + 1}  loss {total / seen:.4f}  held-out agreement {agreement(held_out):.3f}")
