import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(77)


def draw(n, size=12):
    images = 0.4 * torch.randn(n, 1, size, size)
    labels = torch.randint(0, 4, (n,))
    for image, label in zip(images, labels):
        r, c = torch.randint(2, size - 6, (2,)).tolist()
        for k in range(5):
            if label == 0:
                image[0, r, c + k] += 1.6
            elif label == 1:
                image[0, r + k, c] += 1.6
            elif label == 2:
                image[0, r + k, c + k] += 1.6
            else:
                image[0, r + 4 - k, c + k] += 1.6
    return images, labels


class StrokeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, kernel_size=5, padding=2),
            nn.LeakyReLU(0.1),
            nn.Conv2d(12, 16, kernel_size=3, padding=1),
            nn.LeakyReLU(0.1),
            nn.AdaptiveMaxPool2d(1),
        )
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


x_train, y_train = draw(3000)
x_test, y_test = draw(600)
net = StrokeNet()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=1e-5, momentum=0.9)

n_batches = len(x_train) // 30
for epoch in range(10):  # loop over the dataset multiple times
    running_loss = 0.0
    net.train()
    order = torch.randperm(len(x_train))
    for i in range(n_batches):
        picks = order[i * 30:(i + 1) * 30]
        optimizer.zero_grad()
        outputs = net(x_train[picks])
        loss = criterion(outputs, y_train[picks])
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    net.eval()
    with torch.no_grad():
        predicted = net(x_test).argmax(1)
    print('[%d] loss: %.3f  test accuracy: %.3f' % (epoch + 1, running_loss / n_batches, (predicted == y_test).float().mean()))
