import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(4)
torch.manual_seed(4)
glyphs = rng.integers(0, 2, (6, 6, 6))


def sign(kind):
    field = np.zeros((10, 10))
    r, c = rng.integers(0, 5, 2)
    field[r:r + 6, c:c + 6] = glyphs[kind] * rng.choice([-1.0, 1.0])
    return field + rng.normal(0, 0.2, (10, 10))


kinds = rng.integers(0, 6, 3600)
pixels = torch.tensor(np.stack([sign(k) for k in kinds]), dtype=torch.float32).flatten(1)
kinds = torch.tensor(kinds)
train_x, train_y, test_x, test_y = pixels[:3000], kinds[:3000], pixels[3000:], kinds[3000:]

model = nn.Sequential(
    nn.Linear(100, 128),
    nn.ReLU(),
    nn.Linear(128, 64),
    nn.ReLU(),
    nn.Linear(64, 6),
)
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

for epoch in range(1, 13):
    model.train()
    for batch in torch.randperm(3000).split(50):
        prediction = model(train_x[batch])
        loss = loss_function(prediction, train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores = model(test_x)
    hits = (scores.argmax(1) == test_y).sum().item()
    accuracy = hits / len(test_y)
    print(f"epoch {epoch}: last batch loss {loss.item():.4f}, accuracy on the test signs {accuracy:.3f}")
