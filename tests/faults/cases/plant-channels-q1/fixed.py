import numpy as np
import torch
import torch.nn as nn
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader

CHANNELS, STATES = 24, 5


class Autoencoder(nn.Module):
    def __init__(self, code=STATES):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(CHANNELS, 64),
            nn.ReLU(),
            nn.Linear(64, code),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, 64),
            nn.ReLU(),
            nn.Linear(64, CHANNELS),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


def plant_log(n, seed=77):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=(n, STATES))
    mix = rng.normal(size=(STATES, CHANNELS))
    bend = rng.normal(size=(STATES, CHANNELS)) * 0.4
    log = state @ mix + np.sin(state) @ bend + 0.15 * rng.normal(size=(n, CHANNELS))
    return log * rng.uniform(0.5, 80, CHANNELS) + rng.uniform(-50, 300, CHANNELS)


# data
torch.manual_seed(77)
log = plant_log(3500)
scaler = StandardScaler().fit(log[:2800])
train = torch.tensor(scaler.transform(log[:2800]), dtype=torch.float32)
val = torch.tensor(scaler.transform(log[2800:]), dtype=torch.float32)
loader = DataLoader(train, batch_size=64, shuffle=True)

# model
model = Autoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_function = nn.MSELoss()

# training
for epoch in range(1, 21):
    model.train()
    total = 0.0
    for x in loader:
        reconstruction = model(x)
        loss = loss_function(reconstruction, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    model.eval()
    with torch.no_grad():
        val_loss = loss_function(model(val), val).item()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}, train mse {total / len(train):.4f}, val mse {val_loss:.4f}, "
              f"variance explained {1 - val_loss / val.var().item():.3f}")
