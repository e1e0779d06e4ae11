import resource

import torch
import torch.nn as nn

STOPS, BUSES = 50, 640


def resident_gb():
    """Highest memory use of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 ** 2


def journeys(n, generator):
    """Delay at each stop: it builds up, traffic comes and goes, drivers catch up."""
    delay, traffic = torch.zeros(n, STOPS), torch.zeros(n)
    for s in range(1, STOPS):
        traffic = 0.9 * traffic + 0.5 * torch.randn(n, generator=generator)
        delay[:, s] = 0.85 * delay[:, s - 1] + traffic + 0.3 * torch.randn(n, generator=generator)
    return delay / 3.0


class DelayModel(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.cell = nn.GRUCell(1, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, delays):
        h = delays.new_zeros(len(delays), self.hidden)
        steps = []
        for s in range(delays.shape[1]):
            h = self.cell(delays[:, s:s + 1], h)
            steps.append(delays[:, s:s + 1] + self.out(h))
        return torch.cat(steps, dim=1)


generator = torch.Generator().manual_seed(1)
torch.manual_seed(1)
train, val = journeys(BUSES, generator), journeys(200, generator)
model = DelayModel()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
running = None

for epoch in range(1, 26):
    model.train()
    for batch in train[torch.randperm(BUSES)].split(32):
        loss = nn.functional.mse_loss(model(batch[:, :-1]), batch[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            mse = nn.functional.mse_loss(model(val[:, :-1]), val[:, 1:]).item()
            naive = nn.functional.mse_loss(val[:, :-1], val[:, 1:]).item()
        print(f"epoch {epoch}: running loss {running:.4f}, last delay repeated {naive:.4f}, "
              f"val mse {mse:.4f}, memory {resident_gb():.2f} GB")
