import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
x = torch.tensor(load_breast_cancer().data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
u, s, v = torch.linalg.svd(x, full_matrices=False)
best = ((x - (u[:, :3] * s[:3]) @ v[:3]) ** 2).mean().item()

# two linear layers and nothing between them: the best they can do is the plane of the first principal components
encoder, decoder = nn.Linear(30, 3, bias=False), nn.Linear(3, 30, bias=False)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-3)
for epoch in range(1, 61):
    for idx in torch.randperm(len(x)).split(64):
        loss = nn.functional.mse_loss(decoder(encoder(x[idx])), x[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 15 == 0:
        with torch.no_grad():
            error = nn.functional.mse_loss(decoder(encoder(x)), x).item()
        print(f"epoch {epoch}: reconstruction error {error:.4f}, principal components {best:.4f}")
