import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader


class Encoder(nn.Module):
    def __init__(self, code_size):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 96), nn.ELU(), nn.Linear(96, code_size))

    def forward(self, x):
        return self.layers(x)


class Decoder(nn.Module):
    def __init__(self, code_size):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(code_size, 96), nn.ELU(), nn.Linear(96, 64))

    def forward(self, code):
        return self.layers(code)


class Trainer:
    def __init__(self, encoder, decoder, lr_encoder=1e-3, lr_decoder=2e-3):
        self.encoder, self.decoder = encoder, decoder
        self.optimizers = [
            torch.optim.Adam(encoder.parameters(), lr=lr_encoder),
            torch.optim.Adam(decoder.parameters(), lr=lr_decoder),
        ]
        self.criterion = nn.MSELoss()

    def train_epoch(self, loader):
        self.encoder.train()
        self.decoder.train()
        total = 0.0
        for x in loader:
            loss = self.criterion(self.decoder(self.encoder(x)), x)
            loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad()
            total += loss.item() * len(x)
        return total / len(loader.dataset)

    @torch.no_grad()
    def validate(self, x):
        self.encoder.eval()
        self.decoder.eval()
        restored = self.decoder(self.encoder(x))
        unexplained = (restored - x).pow(2).sum() / (x - x.mean(0)).pow(2).sum()
        return self.criterion(restored, x).item(), 1 - unexplained.item()


if __name__ == "__main__":
    torch.manual_seed(15)
    images = torch.tensor(load_digits().data, dtype=torch.float32) / 8 - 1
    train_x, val_x = train_test_split(images, test_size=0.25, random_state=15)
    loader = DataLoader(train_x, batch_size=32, shuffle=True)
    trainer = Trainer(Encoder(12), Decoder(12))
    for epoch in range(1, 71):
        train_mse = trainer.train_epoch(loader)
        if epoch % 10 == 0:
            val_mse, explained = trainer.validate(val_x)
            print(f"epoch {epoch:2d}  train mse {train_mse:.4f}  val mse {val_mse:.4f}  variance explained {explained:.3f}")
