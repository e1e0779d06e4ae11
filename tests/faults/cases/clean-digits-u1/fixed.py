import torch
from torch import nn
from torch.utils.data import DataLoader
from sklearn.datasets import load_digits

torch.manual_seed(123)


class DenoisingAutoencoder(nn.Module):
    def __init__(self, code=24):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, 96),
            nn.ReLU(True),
            nn.Linear(96, code),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, 96),
            nn.ReLU(True),
            nn.Linear(96, 64),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


images = torch.tensor(load_digits().data / 16, dtype=torch.float32)
images = images[torch.randperm(len(images))]
train, test = images[:1500], images[1500:]
loader = DataLoader(train, batch_size=64, shuffle=True)


def corrupt(x, amount=0.25):
    return (x + amount * torch.randn_like(x)).clamp(0, 1)


noisy_test = corrupt(test)
print('error of the noisy pictures: %.4f' % (noisy_test - test).pow(2).mean())

model = DenoisingAutoencoder()
distance = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

num_epochs = 24
for epoch in range(num_epochs):
    for img in loader:
        output = model(corrupt(img))
        loss = distance(output, img)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if (epoch + 1) % 8 == 0:
        with torch.no_grad():
            cleaned = model(noisy_test)
            mse = (cleaned - test).pow(2).mean()
        print('epoch [{}/{}], loss:{:.4f}, error of the cleaned pictures: {:.4f}'.format(
            epoch + 1, num_epochs, loss.item(), mse.item()))
