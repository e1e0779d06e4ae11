import logging
import math
import sys

import torch
import torch.nn as nn

logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
log = logging.getLogger("gauge")


def gauge_readings(n, gen, length=64):
    t = torch.linspace(0, 1, length)
    clean = torch.zeros(n, length)
    for k in range(1, 4):
        amplitude = torch.randn(n, 1, generator=gen) / k
        phase = 2 * math.pi * torch.rand(n, 1, generator=gen)
        clean += amplitude * torch.sin(2 * math.pi * k * t + phase)
    noisy = clean + 0.5 * torch.randn(n, length, generator=gen)
    return noisy.unsqueeze(1), clean.unsqueeze(1)


class DenoisingAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv1d(16, 24, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv1d(24, 24, 5, stride=2, padding=2), nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose1d(24, 24, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose1d(24, 16, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose1d(16, 1, 4, stride=2, padding=1),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Trainer:
    def __init__(self, model, train_data, val_data, lr=2e-3, batch_size=50):
        self.model = model
        self.train_noisy, self.train_clean = train_data
        self.val_noisy, self.val_clean = val_data
        self.batch_size = batch_size
        self.loss_fn = nn.MSELoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def training_step(self, noisy, clean):
        loss = self.loss_fn(self.model(noisy), clean)
        loss.backward()
        self.optimizer.zero_grad()
        self.optimizer.step()
        return loss.item()

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            return self.loss_fn(self.model(self.val_noisy), self.val_clean).item()

    def fit(self, epochs):
        untouched = self.loss_fn(self.val_noisy, self.val_clean).item()
        for epoch in range(1, epochs + 1):
            self.model.train()
            losses = []
            for idx in torch.randperm(len(self.train_noisy)).split(self.batch_size):
                losses.append(self.training_step(self.train_noisy[idx], self.train_clean[idx]))
            log.info("epoch %d: train mse %.4f, val mse %.4f (noisy input %.4f)",
                     epoch, sum(losses) / len(losses), self.validate(), untouched)


if __name__ == "__main__":
    torch.manual_seed(13)
    gen = torch.Generator().manual_seed(13)
    trainer = Trainer(DenoisingAE(), gauge_readings(2500, gen), gauge_readings(500, gen))
    trainer.fit(epochs=15)
