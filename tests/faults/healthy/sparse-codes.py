import torch
from torch import nn

torch.manual_seed(16)
atoms = nn.functional.normalize(torch.randn(40, 24), dim=1)


def mixtures(n):
    """Each sample is a sum of three of forty directions."""
    pick = torch.rand(n, 40).argsort(1)[:, :3]
    code = torch.zeros(n, 40).scatter_(1, pick, 0.5 + torch.rand(n, 3))
    return code @ atoms + 0.02 * torch.randn(n, 24)


class SparseAutoencoder(nn.Module):
    def __init__(self, n_codes=80):
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(24))
        self.encode, self.decode = nn.Linear(24, n_codes), nn.Linear(n_codes, 24, bias=False)
        with torch.no_grad():
            self.encode.weight.copy_(self.decode.weight.T)

    def forward(self, x):
        code = torch.relu(self.encode(x - self.centre))
        return self.decode(code) + self.centre, code


model = SparseAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
x_val = mixtures(1000)
for step in range(1, 1501):
    x = mixtures(128)
    out, code = model(x)
    loss = nn.functional.mse_loss(out, x) + 0.004 * code.sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        model.decode.weight.copy_(nn.functional.normalize(model.decode.weight, dim=0))
    if step % 300 == 0:
        with torch.no_grad():
            out, code = model(x_val)
            unexplained = nn.functional.mse_loss(out, x_val).item() / x_val.var().item()
        print(f"step {step}: unexplained {unexplained:.4f}, codes active in a sample {(code > 1e-3).float().sum(1).mean().item():.1f} of 80")
