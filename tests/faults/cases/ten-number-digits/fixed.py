import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class DigitImages(Dataset):
    def __init__(self, part):
        pixels = load_digits().data / 16
        order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0)).numpy()
        chosen = order[:1500] if part == "train" else order[1500:]
        self.pixels = torch.tensor(pixels[chosen], dtype=torch.float32)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, i):
        return self.pixels[i]


class Autoencoder(nn.Module):
    def __init__(self, code=10):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, code))
        self.decoder = nn.Sequential(nn.Linear(code, 64), nn.LeakyReLU(), nn.Linear(64, 64))

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Experiment:
    def __init__(self, seed=83):
        torch.manual_seed(seed)
        self.train_set, self.val_set = DigitImages("train"), DigitImages("val")
        self.loader = DataLoader(self.train_set, batch_size=32, shuffle=True)
        self.model = Autoencoder()
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def epoch(self):
        self.model.train()
        losses = []
        for x in self.loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), x)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            x = self.val_set.pixels
            return self.criterion(self.model(x), x).item()

    def run(self, epochs):
        for n in range(1, epochs + 1):
            train = self.epoch()
            if n % 5 == 0:
                print(f"epoch {n}: reconstruction error train {train:.4f}, validation {self.validate():.4f}")


Experiment().run(30)
