import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(19)
n, k = 600, 3
group = torch.randint(0, k, (n,))
p = torch.where(group[:, None] == group[None], 0.03, 0.004)
a = torch.triu((torch.rand(n, n) < p).float(), 1)
a = a + a.T + torch.eye(n)
a_hat = a / a.sum(1).sqrt()[:, None] / a.sum(1).sqrt()[None]
x = torch.randn(n, 12) + 0.6 * F.one_hot(group, 12)
train_mask = torch.zeros(n, dtype=torch.bool)
train_mask[torch.randperm(n)[:180]] = True
val_mask = ~train_mask


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.w2 = nn.Linear(12, 16, bias=False), nn.Linear(16, k, bias=False)

    def forward(self, x):
        h = F.dropout(F.relu(a_hat @ self.w1(x)), 0.5, self.training)
        return a_hat @ self.w2(h)


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-3)
for epoch in range(1, 121):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x)[train_mask], group[train_mask])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(x)
        val = F.cross_entropy(out[val_mask], group[val_mask]).item()
        acc = (out.argmax(1) == group)[val_mask].float().mean().item()
        print(f"epoch {epoch} loss {loss.item():.4f} val loss {val:.4f} val acc {acc:.3f}")
