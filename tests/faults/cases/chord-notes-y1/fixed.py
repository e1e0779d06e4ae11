import torch
import torch.nn as nn
import torch.nn.functional as F

gen = torch.Generator().manual_seed(8)
torch.manual_seed(8)
NOTES, BINS = 12, 72


def spectrum(notes):
    """Fundamental and three weaker overtones of each note on a logarithmic axis."""
    bins = torch.arange(BINS).float()
    out = torch.zeros(len(notes), BINS)
    for k in range(NOTES):
        for shift, level in ((0, 1.0), (24, 0.6), (38, 0.4), (48, 0.3)):
            peak = torch.exp(-0.5 * ((bins - (2 * k + shift)) / 0.8) ** 2)
            loud = 0.6 + 0.8 * torch.rand(len(notes), 1, generator=gen)
            out += notes[:, k:k + 1] * loud * level * peak
    return out + 0.08 * torch.randn(out.shape, generator=gen)


def chords(n):
    rank = torch.rand(n, NOTES, generator=gen).argsort(1)
    size = torch.randint(2, 5, (n, 1), generator=gen)
    notes = (rank < size).float()
    return (spectrum(notes) - 0.35) / 0.4, notes


x, y = chords(3000)
x_test, y_test = chords(600)

net = nn.Sequential(nn.Linear(BINS, 64), nn.LeakyReLU(0.1), nn.Linear(64, NOTES))
optim = torch.optim.RMSprop(net.parameters(), lr=2e-3)

it, n_it = 0, 1500
while it < n_it:
    pick = torch.randint(0, len(x), (64,))
    loss = F.binary_cross_entropy_with_logits(net(x[pick]), y[pick])
    optim.zero_grad()
    loss.backward()
    optim.step()
    it += 1
    if it % 250 == 0:
        with torch.no_grad():
            guess = (net(x_test) > 0).float()
            train_exact = ((net(x) > 0).float() == y).all(1).float().mean()
        tp = (guess * y_test).sum()
        f1 = 2 * tp / (guess.sum() + y_test.sum())
        print(f"iter {it} bce {loss.item():.4f} train exact {train_exact:.3f} test exact "
              f"{(guess == y_test).all(1).float().mean():.3f} test F1 {f1:.3f}")
