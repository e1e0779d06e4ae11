import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
rng = np.random.default_rng(0)

X, y = load_diabetes(return_X_y=True)
rows = rng.permutation(len(X))
train, val = rows[:300], rows[300:]
xs = StandardScaler().fit(X[train])
ys = StandardScaler().fit(y[train, None])
Xt = torch.tensor(xs.transform(X), dtype=torch.float32)
yt = torch.tensor(ys.transform(y[:, None]), dtype=torch.float32)

width = 128
model = torch.nn.Sequential(
    torch.nn.Linear(10, width),
    torch.nn.ReLU(),
    torch.nn.Linear(width, width),
    torch.nn.ReLU(),
    torch.nn.Linear(width, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
huber = torch.nn.SmoothL1Loss()

epochs = 200
for epoch in range(epochs):
    model.train()
    seen = []
    for take in np.array_split(rng.permutation(train), 10):
        optimizer.zero_grad()
        loss = huber(model(Xt[take]), yt[take])
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    model.eval()
    with torch.no_grad():
        guess = model(Xt[val])
        val_loss = huber(guess, yt[val]).item()
        r2 = 1 - ((guess - yt[val]) ** 2).sum() / ((yt[val] - yt[val].mean()) ** 2).sum()
    if epoch % 20 == 0 or epoch == epochs - 1:
        print(f"epoch {epoch:3d} train {np.mean(seen):.4f} val {val_loss:.4f} R2 {r2:.3f}")
