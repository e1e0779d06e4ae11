import numpy as np
import torch
import torch.nn as nn


def pulse(n, steps, rng):
    """Beats of varying pace and height on a wandering baseline."""
    out = np.zeros((n, steps))
    for row in out:
        t = -rng.uniform(0, 8)
        while t < steps:
            period = rng.normal(9, 1.2)
            height = rng.normal(1.0, 0.3)
            x = np.arange(steps) - t
            row += height * (np.exp(-(x / 1.2) ** 2) + 0.35 * np.exp(-((x - 3.5) / 1.5) ** 2))
            t += period
        row += np.cumsum(rng.normal(0, 0.12, steps))
    return torch.tensor((out - out.mean()) / out.std(), dtype=torch.float32)


class NextSample(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x.unsqueeze(-1))
        return self.linear(out).squeeze(-1)


rng = np.random.default_rng(18)
torch.manual_seed(18)
waves = pulse(700, 48, rng)
train, val = waves[:560], waves[560:]
model = NextSample()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(1, 21):
    model.train()
    for rows in torch.randperm(len(train)).split(28):
        wave = train[rows]
        optimizer.zero_grad()
        loss = criterion(model(wave[:, :-1]), wave[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            reported = criterion(model(val[:, :-1]), val[:, 1:]).item()
            live = torch.stack([model(val[:, :t])[:, -1] for t in range(30, 48)], dim=1)
            live_mse = criterion(live, val[:, 30:]).item()
            same = criterion(val[:, 29:-1], val[:, 30:]).item()
        print(f"epoch {epoch}: val mse {reported:.3f}; live mse {live_mse:.3f} (repeating the last sample: {same:.3f})")
