import math

import torch
import torch.nn as nn

torch.manual_seed(6)


def spirals(n_per_arm, arms=3):
    points, labels = [], []
    for arm in range(arms):
        r = torch.rand(n_per_arm).sqrt()
        angle = 5.0 * r + 2 * math.pi * arm / arms + 0.12 * torch.randn(n_per_arm)
        points.append(torch.stack([r * angle.cos(), r * angle.sin()], dim=1) * 2)
        labels.append(torch.full((n_per_arm,), arm))
    return torch.cat(points), torch.cat(labels)


X_train, y_train = spirals(500)
X_test, y_test = spirals(200)

N_HIDDEN = 64

model = nn.Sequential(
    nn.Linear(2, N_HIDDEN),
    nn.Tanh(),
    nn.Linear(N_HIDDEN, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(1, 151):
    model.train()
    order = torch.randperm(len(X_train))
    running_loss, correct = 0.0, 0
    for start in range(0, len(order), 50):
        batch = order[start:start + 50]
        optimizer.zero_grad()
        outputs = model(X_train[batch])
        loss = criterion(outputs, y_train[batch])
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(batch)
        correct += (outputs.argmax(1) == y_train[batch]).sum().item()
    if epoch % 25 == 0:
        model.eval()
        with torch.no_grad():
            outputs = model(X_test)
            test_loss = criterion(outputs, y_test).item()
            accuracy = (outputs.argmax(1) == y_test).float().mean().item()
        print(f"Epoch {epoch:3d} | train loss {running_loss / len(order):.4f} acc {correct / len(order):.3f} "
              f"| test loss {test_loss:.4f} acc {accuracy:.3f}")
