import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(14)
X = torch.rand(3000, 2) * 4 - 2
y = torch.where(X[:, 0] > 0, torch.sin(2 * X[:, 1]), torch.where(X[:, 1] > 0, X[:, 0] ** 2 / 2, -X[:, 0] * X[:, 1] / 2))
y = y.unsqueeze(1) + 0.02 * torch.randn(3000, 1)


class TopOne(nn.Module):
    """Each point goes to one expert; the others see nothing of it."""

    def __init__(self, n_experts=6, hidden=24):
        super().__init__()
        self.gate = nn.Linear(2, n_experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 1)) for _ in range(n_experts))

    def forward(self, x):
        probability = self.gate(x).softmax(1)
        best, choice = probability.max(1)
        out = torch.zeros(len(x), 1)
        for k, expert in enumerate(self.experts):
            rows = (choice == k).nonzero().squeeze(1)
            if len(rows):
                out = out.index_copy(0, rows, expert(x[rows]) * best[rows, None])
        share = F.one_hot(choice, len(self.experts)).float().mean(0)
        balance = len(self.experts) * (share * probability.mean(0)).sum()
        return out, balance, share


model = TopOne()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(1, 31):
    model.train()
    for idx in torch.randperm(2400).split(60):
        out, balance, _ = model(X[idx])
        loss = F.mse_loss(out, y[idx]) + 0.01 * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 6 == 0:
        model.eval()
        with torch.no_grad():
            out, _, share = model(X[2400:])
        print(f"epoch {epoch}: val mse {F.mse_loss(out, y[2400:]).item():.4f} (variance {y.var().item():.3f}), busiest expert {share.max().item():.2f}")
