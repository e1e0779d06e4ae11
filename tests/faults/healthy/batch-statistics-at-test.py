import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(10)
digits = load_digits()
x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
train, test = order[:1397], order[1397:]

net = nn.Sequential(
    nn.BatchNorm2d(1),
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(128, 10),
)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(6):
    net.train()
    for idx in train[torch.randperm(len(train))].split(64):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        loss.backward()
        optimizer.step()

# the camera of the test images is dim and has a haze; adapt to it by using the statistics of each test batch
dim = 0.35 * x[test] + 0.4


def accuracy(images, adapt):
    net.train(adapt)
    saved = {k: v.clone() for k, v in net.state_dict().items()}
    hits = 0
    with torch.no_grad():
        for xb, yb in zip(images.split(100), y[test].split(100)):
            hits += (net(xb).argmax(1) == yb).sum().item()
    net.load_state_dict(saved)
    net.eval()
    return hits / len(test)


print(f"clear images {accuracy(x[test], adapt=False):.3f}, dim images {accuracy(dim, adapt=False):.3f}, "
      f"dim images with batch statistics {accuracy(dim, adapt=True):.3f}")
