import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
x_mean, x_std, y_mean, y_std = X_train.mean(0), X_train.std(0), y_train.mean(), y_train.std()
X_train, X_test = (torch.tensor((a - x_mean) / x_std, dtype=torch.float32) for a in (X_train, X_test))
y_train, y_test = (torch.tensor((b - y_mean) / y_std, dtype=torch.float32).unsqueeze(1) for b in (y_train, y_test))


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x)


model = Regressor()
compiled = torch.compile(model, backend="aot_eager")
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
criterion = nn.MSELoss()
for epoch in range(1, 10):
    compiled.train()
    for i in range(0, 320, 32):
        idx = torch.randperm(len(X_train))[:32]
        optimizer.zero_grad()
        loss = criterion(compiled(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            test = criterion(model(X_test), y_test).item()
        print(f"epoch {epoch}: test mse {test:.4f}, r2 {1 - test / y_test.var(correction=0).item():.3f}")
