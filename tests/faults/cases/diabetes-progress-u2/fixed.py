import torch
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

torch.manual_seed(100)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=100)
sx, sy = StandardScaler(), StandardScaler()
X_train = torch.Tensor(sx.fit_transform(X_train))
X_test = torch.Tensor(sx.transform(X_test))
y_train = torch.Tensor(sy.fit_transform(y_train[:, None]))
y_test = torch.Tensor(sy.transform(y_test[:, None]))

dl = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

n_epochs = 8
hidden = 128
model = torch.nn.Sequential(
    torch.nn.Linear(10, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(hidden, 1),
)
mse = torch.nn.MSELoss()
adam = torch.optim.Adam(model.parameters(), lr=1e-3)

train_curve, test_curve = [], []
for epoch in range(n_epochs):
    model.train()
    batch_losses = []
    for xb, yb in dl:
        adam.zero_grad()
        l = mse(model(xb), yb)
        l.backward()
        adam.step()
        batch_losses.append(l.item())
    model.eval()
    with torch.no_grad():
        test_curve.append(mse(model(X_test), y_test).item())
    train_curve.append(np.mean(batch_losses))

for e in np.linspace(0, n_epochs - 1, 6).astype(int):
    print(f'epoch {e + 1:3d}   train mse {train_curve[e]:.3f}   test mse {test_curve[e]:.3f}')
rmse = test_curve[-1] ** 0.5 * sy.scale_[0]
print(f'final: train mse {train_curve[-1]:.3f}, test mse {test_curve[-1]:.3f}, test rmse {rmse:.1f} points')
