"""Deep-set classifier: a bag holds 250 grains (length, width, hue); which of four mixtures is it from?"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

GRAINS = 250


def make_bags(n, generator):
    mixture = torch.randint(4, (n,), generator=generator)
    spread = torch.tensor([0.4, 1.0, 0.4, 1.0])[mixture]
    lean = torch.tensor([0.6, 0.6, -0.6, -0.6])[mixture]
    angle = torch.rand(n, GRAINS, generator=generator) * 2 * math.pi
    radius = 1 + spread.unsqueeze(1) * 0.5 * torch.randn(n, GRAINS, generator=generator)
    length, width = radius * angle.cos(), radius * angle.sin()
    hue = lean.unsqueeze(1) * length * width + 0.8 * torch.randn(n, GRAINS, generator=generator)
    return torch.stack([length, width, hue], dim=2), mixture


class DeepSet(nn.Module):
    def __init__(self, n_features=3, width=48, n_classes=4):
        super().__init__()
        self.phi = nn.Sequential(
            nn.Linear(n_features, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
        )
        self.rho = nn.Linear(width, width)
        self.out = nn.Linear(width, n_classes)

    def forward(self, bags):
        h = self.phi(bags)
        h = h.sum(dim=1)
        h = torch.tanh(self.rho(h))
        return self.out(h)


def main():
    torch.manual_seed(17)
    generator = torch.Generator().manual_seed(17)
    train_x, train_y = make_bags(900, generator)
    val_x, val_y = make_bags(300, generator)

    model = DeepSet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(1, 31):
        model.train()
        losses = []
        for idx in torch.randperm(len(train_x)).split(30):
            loss = F.cross_entropy(model(train_x[idx]), train_y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if epoch % 5 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(val_x)
            acc = (logits.argmax(1) == val_y).float().mean().item()
            print(
                f"epoch {epoch:2d} | train {sum(losses) / len(losses):.3f} | "
                f"val {F.cross_entropy(logits, val_y).item():.3f} | val acc {acc:.3f}"
            )


if __name__ == "__main__":
    main()
