import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(30)
NUM_CLASSES = 8
KEEP_CONV = 0.8
KEEP_DENSE = 0.8


def make_prints(n):
    """Stripes, checks and dots of different pitch and slant."""
    r, c = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    labels = torch.randint(0, NUM_CLASSES, (n,))
    images = torch.empty(n, 1, 16, 16)
    for i, k in enumerate(labels.tolist()):
        a, b = 6.28 * torch.rand(2)
        f = 0.8 if k % 2 else 1.3
        u, v = torch.sin(f * r + a), torch.sin(f * c + b)
        diagonal = torch.sin(f * 0.7 * (r + c) + a)
        images[i, 0] = [u, v, diagonal, 1.4 * u * v][k // 2]
    return images / 0.7 + 0.8 * torch.randn(n, 1, 16, 16), labels


class PrintNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 24, 3, padding=1)
        self.drop_conv = nn.Dropout2d(KEEP_CONV)
        self.dense = nn.Linear(24 * 16, 48)
        self.drop_dense = nn.Dropout(KEEP_DENSE)
        self.logits = nn.Linear(48, NUM_CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.drop_conv(x)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop_conv(x)
        x = F.relu(self.dense(torch.flatten(x, 1)))
        return self.logits(self.drop_dense(x))


x_train, y_train = make_prints(2000)
x_test, y_test = make_prints(500)
model = PrintNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
batch_size, epochs = 50, 10

for epoch in range(epochs):
    model.train()
    history = []
    for batch in torch.randperm(len(x_train)).split(batch_size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x_train[batch]), y_train[batch])
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    model.eval()
    with torch.no_grad():
        scores = model(x_train)
        acc = (scores.argmax(1) == y_train).float().mean()
        scores = model(x_test)
        val_loss = F.cross_entropy(scores, y_test)
        val_acc = (scores.argmax(1) == y_test).float().mean()
    print(f"Epoch {epoch + 1}/{epochs} - loss: {sum(history) / len(history):.4f} - accuracy: {acc:.4f} "
          f"- val_loss: {val_loss:.4f} - val_accuracy: {val_acc:.4f}")
