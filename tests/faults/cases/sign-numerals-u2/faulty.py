import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import TensorDataset, DataLoader

# hyper parameters (taken over from my TensorFlow 1 version)
learning_rate = 0.001
training_epochs = 15
batch_size = 50
keep_prob = 0.9

torch.manual_seed(777)

images, labels = load_digits(return_X_y=True)
images = torch.FloatTensor(images).view(-1, 1, 8, 8) / 16
labels = torch.LongTensor(labels)
tr, te = train_test_split(range(len(labels)), test_size=0.25, random_state=777, stratify=labels)
data_loader = DataLoader(TensorDataset(images[tr], labels[tr]), batch_size=batch_size, shuffle=True, drop_last=True)


class CNN(nn.Module):

    def __init__(self):
        super(CNN, self).__init__()
        self.layer1 = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(p=keep_prob))
        self.layer2 = nn.Sequential(
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(p=keep_prob))
        self.fc1 = nn.Sequential(
            nn.Linear(32 * 2 * 2, 64),
            nn.ReLU(),
            nn.Dropout(p=keep_prob))
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        out = self.layer2(self.layer1(x))
        return self.fc2(self.fc1(out.flatten(1)))


model = CNN()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=learning_rate)

total_batch = len(data_loader)
for epoch in range(training_epochs):
    avg_cost = 0
    model.train()
    for X, Y in data_loader:
        optimizer.zero_grad()
        cost = criterion(model(X), Y)
        cost.backward()
        optimizer.step()
        avg_cost += cost.item() / total_batch
    print('[Epoch: {:>4}] cost = {:>.9}'.format(epoch + 1, avg_cost))

with torch.no_grad():
    model.eval()
    prediction = model(images[te])
    correct_prediction = torch.argmax(prediction, 1) == labels[te]
    print('Accuracy:', correct_prediction.float().mean().item())
