import copy
import math

import torch
import torch.nn as nn


class CurveFitter(nn.Module):
    def __init__(self, width=256, waves=16):
        super().__init__()
        self.register_buffer("freqs", torch.arange(1, waves + 1) * math.pi / 2)
        self.mlp = nn.Sequential(nn.Linear(2 * waves + 1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, t):
        angles = t * self.freqs
        return self.mlp(torch.cat([t, angles.sin(), angles.cos()], dim=1))


def measure(n, gen):
    t = torch.rand(n, 1, generator=gen) * 2 - 1
    clean = torch.sin(3 * t) + 0.5 * torch.cos(7 * t)
    return t, clean / 0.75 + 0.5 * torch.randn(n, 1, generator=gen)


def fit(model, train, val, epochs, patience=None, lr=1e-3):
    """Adam on batches of 20; with a patience, stops that many epochs after the best one and goes back to it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    best, best_epoch, best_state = math.inf, 0, None
    x, y = train
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(x)).split(20):
            optimizer.zero_grad()
            loss = mse(model(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx) / len(x)
        model.eval()
        with torch.no_grad():
            val_loss = mse(model(val[0]), val[1]).item()
        if val_loss < best:
            best, best_epoch, best_state = val_loss, epoch, copy.deepcopy(model.state_dict())
        if epoch % 50 == 0 or epoch <= 20 and epoch % 5 == 0:
            print(f"epoch {epoch}: train mse {total:.3f}, validation mse {val_loss:.3f}")
        if patience and epoch - best_epoch >= patience:
            model.load_state_dict(best_state)
            break
    return model


mse = nn.functional.mse_loss

if __name__ == "__main__":
    torch.manual_seed(2)
    gen = torch.Generator().manual_seed(2)
    train, val, test = measure(60, gen), measure(200, gen), measure(500, gen)
    model = fit(CurveFitter(), train, val, epochs=500, patience=5)
    with torch.no_grad():
        print(f"test mse {mse(model(test[0]), test[1]).item():.3f} (noise 0.25)")
