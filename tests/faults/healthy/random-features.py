import torch
from torch import nn

torch.manual_seed(17)
X = torch.rand(2500, 3) * 2 - 1
y = torch.sin(4 * X[:, 0]) * X[:, 1] + torch.cos(3 * X[:, 2])
y = ((y - y.mean()) / y.std()).unsqueeze(1)


class RandomFourier(nn.Module):
    """Rahimi and Recht: random features stay as they are, only the readout learns."""

    def __init__(self, n_in, n_features):
        super().__init__()
        self.register_buffer("omega", 2.5 * torch.randn(n_in, n_features))
        self.register_buffer("phase", 6.2832 * torch.rand(n_features))
        self.readout = nn.Linear(n_features, 1)

    def forward(self, x):
        return self.readout((2.0 ** 0.5) * torch.cos(x @ self.omega + self.phase))


model = RandomFourier(3, 300)
optimizer = torch.optim.SGD(model.parameters(), lr=3e-3, momentum=0.9)
for epoch in range(1, 21):
    model.train()
    for idx in torch.randperm(2000).split(50):
        loss = nn.functional.mse_loss(model(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            print(f"epoch {epoch}: train {loss.item():.4f} val {nn.functional.mse_loss(model(X[2000:]), y[2000:]).item():.4f}")
