import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Hyper-parameters
input_size = 5        # speed, height, depth, side, pressure
sequence_length = 20
hidden_size = 32
num_layers = 1
num_classes = 3       # near player, far player, let
batch_size = 50
num_epochs = 10
learning_rate = 0.003

torch.manual_seed(16)
rng = np.random.default_rng(16)


def rallies(n):
    outcome = rng.integers(num_classes, size=n)
    shots = rng.normal(size=(n, sequence_length, input_size))
    for i, k in enumerate(outcome):
        when = rng.choice(sequence_length - 4, 3, replace=False)  # three decisive shots somewhere before the end
        shots[i, when, 0] += 3.0
        shots[i, when, 4] += [2.5, -2.5, 0][k]
    return TensorDataset(torch.tensor(shots, dtype=torch.float32), torch.tensor(outcome))


train_loader = DataLoader(rallies(2500), batch_size=batch_size, shuffle=True)
test_loader = DataLoader(rallies(500), batch_size=batch_size, shuffle=False)


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super(RNN, self).__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        # Decode the hidden state of the last time step
        return self.fc(out[:, -1, :])


model = RNN(input_size, hidden_size, num_layers, num_classes).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

total_step = len(train_loader)
for epoch in range(num_epochs):
    model.train()
    for i, (shots, labels) in enumerate(train_loader):
        shots, labels = shots.to(device), labels.to(device)
        loss = criterion(model(shots), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (i + 1) % 25 == 0:
            print(f"Epoch [{epoch + 1}/{num_epochs}], Step [{i + 1}/{total_step}], Loss: {loss.item():.4f}")

model.eval()
with torch.no_grad():
    correct = total = 0
    for shots, labels in test_loader:
        shots, labels = shots.to(device), labels.to(device)
        predicted = model(shots).argmax(1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print(f"Test accuracy of the model on the {total} test rallies: {100 * correct / total:.1f} %")
