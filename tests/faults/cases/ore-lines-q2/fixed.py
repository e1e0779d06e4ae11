import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(3)
torch.manual_seed(3)

# ---- make the spectra -------------------------------------------------
N_PER_KIND = 250
wavelength = np.linspace(0, 1, 80)
lines = [(0.2, 0.5), (0.25, 0.7), (0.4, 0.8), (0.2, 0.8), (0.55, 0.65), (0.35, 0.9)]

spectra, kinds = [], []
for k, (a, b) in enumerate(lines):
    for _ in range(N_PER_KIND):
        shift = np.random.normal(0, 0.01)
        s = np.exp(-((wavelength - a - shift) / 0.03) ** 2) + 0.7 * np.exp(-((wavelength - b - shift) / 0.03) ** 2)
        spectra.append(s + np.random.normal(0, 0.3, 80))
        kinds.append(k)
spectra = np.array(spectra, dtype=np.float32)
kinds = np.array(kinds)

# ---- shuffle, scale and split -----------------------------------------
order = np.random.permutation(len(kinds))
spectra, kinds = spectra[order], kinds[order]

n_train = 1200
spectra = (spectra - spectra[:n_train].mean()) / spectra[:n_train].std()
X = torch.from_numpy(spectra)[:, None, :]
y = torch.from_numpy(kinds)
X_train, y_train = X[:n_train], y[:n_train]
X_test, y_test = X[n_train:], y[n_train:]


class SpectrumCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 8, 7, padding=3)
        self.conv2 = nn.Conv1d(8, 16, 5, padding=2)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(16 * 20, 6)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x)), 2)
        x = F.max_pool1d(F.relu(self.conv2(x)), 2)
        return self.fc(self.drop(x.flatten(1)))


net = SpectrumCNN()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(12):
    net.train()
    losses = []
    for batch in torch.randperm(n_train).split(32):
        opt.zero_grad()
        loss = F.cross_entropy(net(X_train[batch]), y_train[batch])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        out = net(X_test)
        test_loss = F.cross_entropy(out, y_test).item()
        acc = (out.argmax(1) == y_test).float().mean().item()
    print("epoch %2d train %.3f test %.3f accuracy %.3f" % (epoch, np.mean(losses), test_loss, acc))
