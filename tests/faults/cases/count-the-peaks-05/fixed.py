import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

seq_length = 30
input_size = 2
hidden_size = 32
num_classes = 4
batch_size = 50
num_epochs = 12
learning_rate = 0.005


def make_signals(n, seed):
    g = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, num_classes, (n,), generator=g)
    x = 0.15 * torch.randn(n, seq_length, input_size, generator=g)
    for i in range(n):
        starts = torch.randperm(7, generator=g)[:labels[i]] * 4 + 1
        for s in starts.tolist():
            x[i, s:s + 2, 0] += 1.5
            x[i, s + 1:s + 3, 1] -= 1.5
    return TensorDataset(x, labels)


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


torch.manual_seed(5)
train_loader = DataLoader(make_signals(2000, 0), batch_size=batch_size, shuffle=True)
test_loader = DataLoader(make_signals(500, 1), batch_size=batch_size)
model = RNN(input_size, hidden_size, num_classes)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

for epoch in range(num_epochs):
    model.train()
    for i, (signals, labels) in enumerate(train_loader):
        outputs = model(signals)
        loss = criterion(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("Epoch [{}/{}], Loss: {:.4f}".format(epoch + 1, num_epochs, loss.item()))

model.eval()
with torch.no_grad():
    correct = 0
    for signals, labels in test_loader:
        correct += (model(signals).argmax(1) == labels).sum().item()
print("Test accuracy: {:.3f}, last loss {:.3f}".format(correct / 500, loss.item()))
