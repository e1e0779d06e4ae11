# Which of 12 spices are in a blend? Multi-label classification from 48 spectrometer channels.
import torch
import torch.nn as nn
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(21)

N_SPICES, N_CHANNELS = 12, 48
channels = torch.arange(N_CHANNELS).float()
centres = torch.rand(N_SPICES, 3) * N_CHANNELS
heights = 0.5 + torch.rand(N_SPICES, 3)
peaks = (heights[..., None] * torch.exp(-0.5 * ((channels - centres[..., None]) / 1.6) ** 2)).sum(1)


def make_blends(n):
    present = (torch.rand(n, N_SPICES) < 0.22).float()
    amounts = present * (0.4 + 0.8 * torch.rand(n, N_SPICES))
    spectra = 1 - torch.exp(-amounts @ peaks) + 0.06 * torch.randn(n, N_CHANNELS)
    spectra = (spectra - spectra.mean(0)) / spectra.std(0)
    return TensorDataset(spectra, present)


train_set, test_set = random_split(make_blends(5000), [4000, 1000])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=256)


class BlendNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(N_CHANNELS, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU())
        self.head = nn.Linear(96, N_SPICES)

    def forward(self, spectra):
        return torch.sigmoid(self.head(self.body(spectra)))


model = BlendNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)

EPOCHS = 15
for epoch in range(EPOCHS):
    model.train()
    for spectra, present in train_loader:
        loss = criterion(model(spectra), present)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model.eval()
    test_loss, predicted, actual = 0.0, [], []
    with torch.no_grad():
        for spectra, present in test_loader:
            out = model(spectra)
            test_loss += criterion(out, present).item() / len(test_loader)
            predicted.append((torch.sigmoid(out) > 0.5).float())
            actual.append(present)
    f1 = f1_score(torch.cat(actual), torch.cat(predicted), average="micro")
    print(f"epoch {epoch + 1}/{EPOCHS}: train loss {loss.item():.4f} test loss {test_loss:.4f} micro-F1 {f1:.3f}")
