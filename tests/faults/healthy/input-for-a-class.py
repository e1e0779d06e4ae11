import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(6)
digits = load_digits()
order = torch.randperm(len(digits.target))
x = torch.tensor(digits.data / 16, dtype=torch.float32)[order]
y = torch.tensor(digits.target)[order]
net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    net.train()
    for idx in torch.randperm(1500).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
net.eval()
with torch.no_grad():
    print(f"classifier: test accuracy {(net(x[1500:]).argmax(1) == y[1500:]).float().mean().item():.3f}")

# which image is the best three? now the image is what is optimized
for p in net.parameters():
    p.requires_grad_(False)
canvas = nn.Parameter(torch.full((1, 64), -1.0) + 0.1 * torch.randn(1, 64))
painter = torch.optim.Adam([canvas], lr=0.05)
for step in range(1, 201):
    painter.zero_grad()
    image = torch.sigmoid(canvas)
    score = net(image)[0, 3]
    objective = -score + 8.0 * image.mean()
    objective.backward()
    painter.step()
    if step % 50 == 0:
        probability = net(image).softmax(1)[0, 3].item()
        print(f"step {step}: score {score.item():.3f} ink {image.mean().item():.3f} probability of a three {probability:.3f}")
