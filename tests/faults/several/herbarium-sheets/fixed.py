import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn, optim

torch.manual_seed(7)
X, y = load_breast_cancer(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=7, stratify=y)
scaler = StandardScaler()
x_train = torch.tensor(scaler.fit_transform(X_tr), dtype=torch.float32)
x_test = torch.tensor(scaler.transform(X_te), dtype=torch.float32)
y_train, y_test = torch.tensor(y_tr), torch.tensor(y_te)


class TwoStep(nn.Module):
    def __init__(self, n_out):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(30, 6), nn.Tanh(), nn.Linear(6, 3), nn.Tanh())
        self.head = nn.Linear(3, n_out)

    def forward(self, x):
        return self.head(self.body(x))


def fit(model, optimizer, loss_fn, target, epochs):
    for _ in range(epochs):
        model.train()
        for idx in torch.randperm(len(x_train)).split(32):
            optimizer.zero_grad()
            loss = loss_fn(model(x_train[idx]), target[idx])
            loss.backward()
            optimizer.step()
    return loss.item()


# first learn to rebuild the measurements, then to tell the two kinds apart
model = TwoStep(30)
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
rebuilt = fit(model, optimizer, nn.MSELoss(), x_train, 10)
model.body.requires_grad_(False)
model.head = nn.Linear(3, 2)
optimizer = optim.SGD(model.head.parameters(), lr=0.01, momentum=0.9)
for stage in range(1, 6):
    loss = fit(model, optimizer, nn.CrossEntropyLoss(), y_train, 4)
    model.eval()
    with torch.no_grad():
        acc = (model(x_test).argmax(1) == y_test).float().mean().item()
    print(f"rebuilding error {rebuilt:.3f}, after {4 * stage} epochs: loss {loss:.4f} test accuracy {acc:.3f}")
