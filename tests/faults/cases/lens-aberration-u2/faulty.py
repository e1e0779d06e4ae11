import torch
import torch.nn as nn

torch.manual_seed(404)
dtype = torch.float16
device = "cuda" if torch.cuda.is_available() else "cpu"

N, D = 4000, 14
A = torch.randn(D, 6)
X = torch.randn(N, D)
Z = X @ A / D ** 0.5
Y = torch.stack([Z[:, 0] * Z[:, 1], torch.sin(2 * Z[:, 2]), Z[:, 3].abs() - Z[:, 4], torch.tanh(2 * Z[:, 5])], 1)
Y = (Y - Y.mean(0)) / Y.std(0)
X, Y = X.to(device, dtype), Y.to(device, dtype)
X_train, Y_train, X_test, Y_test = X[:3200], Y[:3200], X[3200:], Y[3200:]

model = nn.Sequential(
    nn.Linear(D, 96), nn.GELU(),
    nn.Linear(96, 96), nn.GELU(),
    nn.Linear(96, 4),
).to(device, dtype)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.MSELoss()

step = 0
for epoch in range(25):
    for idx in torch.randperm(3200).split(50):
        pred = model(X_train[idx])
        loss = criterion(pred, Y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 400 == 0:
            with torch.no_grad():
                test = criterion(model(X_test).float(), Y_test.float())
            print(f"step {step} train {loss.item():.4f} test {test.item():.4f}")
