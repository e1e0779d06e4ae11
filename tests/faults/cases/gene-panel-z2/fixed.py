import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale


class PanelNet(nn.Module):
    def __init__(self, sizes=(30, 24, 24, 1)):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.tanh(layer(x))
        return self.layers[-1](x).squeeze(-1)

    def magnitude(self):
        return sum(layer.weight.abs().sum() for layer in self.layers)


def train(lam=1e-3, lr=0.01, epochs=30, batch=32, seed=0):
    torch.manual_seed(seed)
    data = load_breast_cancer()
    parts = train_test_split(scale(data.data), data.target, test_size=0.3, random_state=seed, stratify=data.target)
    x, x_val, y, y_val = (torch.tensor(p, dtype=torch.float32) for p in parts)
    net = PanelNet()
    sgd = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    fit = nn.BCEWithLogitsLoss()
    for epoch in range(1, epochs + 1):
        for i in torch.randperm(len(x)).split(batch):
            loss = fit(net(x[i]), y[i]) + lam * net.magnitude()
            sgd.zero_grad()
            loss.backward()
            sgd.step()
        if epoch % 10 == 0:
            with torch.no_grad():
                z = net(x_val)
                print(f"epoch {epoch}  objective {loss:.3f}  val loss {fit(z, y_val):.4f}  "
                      f"val accuracy {((z > 0) == y_val.bool()).float().mean():.3f}")


train()
