# %% [markdown]
# # Leaf species - PyTorch baseline

# %%
import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer, StandardScaler

SEED = 2024
np.random.seed(SEED)
torch.manual_seed(SEED)

# %%
n_species, per_species, n_feat = 60, 50, 40
centres = np.random.normal(0, 1, (n_species, 12))
mix = np.random.normal(0, 1, (12, n_feat))
names = np.array([f"Quercus_{i:02d}" for i in range(n_species)])
latent = centres.repeat(per_species, 0) + np.random.normal(0, 0.42, (n_species * per_species, 12))
X = np.tanh(latent @ mix / 3) + np.random.normal(0, 0.05, (n_species * per_species, n_feat))
species = names.repeat(per_species)

# %%
lb = LabelBinarizer()
Y = lb.fit_transform(species).astype(np.float32)
X_train, X_valid, Y_train, Y_valid = train_test_split(X, Y, test_size=0.2, random_state=SEED, stratify=species)
scaler = StandardScaler()
X_train = torch.from_numpy(scaler.fit_transform(X_train).astype(np.float32))
X_valid = torch.from_numpy(scaler.transform(X_valid).astype(np.float32))
Y_train, Y_valid = torch.from_numpy(Y_train), torch.from_numpy(Y_valid)

# %%
net = nn.Sequential(
    nn.Linear(n_feat, 128),
    nn.ReLU(),
    nn.Linear(128, n_species),
)
loss_fn = nn.MSELoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)

# %%
for epoch in range(30):
    order = torch.randperm(len(X_train))
    for start in range(0, len(order), 64):
        idx = order[start:start + 64]
        opt.zero_grad()
        loss = loss_fn(net(X_train[idx]), Y_train[idx])
        loss.backward()
        opt.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            out = net(X_valid)
        hit = (out.argmax(1) == Y_valid.argmax(1)).float().mean()
        print(f"[{epoch + 1:02d}] valid loss {loss_fn(out, Y_valid):.4f}  valid acc {hit:.3f}")
