import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class ComfortClassifier(nn.Module):
    """Predicts whether people in the room would call it comfortable."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.layer1 = nn.Linear(input_size, hidden_size)
        self.layer2 = nn.Linear(hidden_size, hidden_size)
        self.layer3 = nn.Linear(hidden_size, hidden_size // 2)
        self.output = nn.Linear(hidden_size // 2, 2)

    def forward(self, x):
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        return self.output(x)


def make_rooms(n):
    temperature = 15 + 15 * torch.rand(n)
    humidity = 20 + 60 * torch.rand(n)
    air_speed = 0.5 * torch.rand(n)
    clothing = 0.3 + 1.2 * torch.rand(n)
    vote = 0.35 * (temperature - 22.5) + 0.012 * (humidity - 50) - 3 * (air_speed - 0.25) + 1.5 * (clothing - 0.9)
    vote = vote + 0.1 * torch.randn(n)
    comfortable = (vote.abs() < 1.1).long()
    return torch.stack([temperature, humidity, air_speed, clothing], dim=1), comfortable


# Step 1: prepare the data
torch.manual_seed(42)
X, y = make_rooms(4000)
X_train, X_test, y_train, y_test = train_test_split(X.numpy(), y.numpy(), test_size=0.2, random_state=42)
scaler = StandardScaler()
X_train = torch.tensor(scaler.fit_transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)

# Step 2: define model, loss and optimizer
model = ComfortClassifier(input_size=4, hidden_size=32)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)

# Step 3: train
num_epochs = 25
for epoch in range(num_epochs):
    model.train()
    epoch_loss = 0.0
    for batch_X, batch_y in train_loader:
        optimizer.zero_grad()
        outputs = model(batch_X)
        loss = criterion(outputs, batch_y)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    if (epoch + 1) % 5 == 0:
        print(f"Epoch [{epoch + 1}/{num_epochs}], Loss: {epoch_loss / len(train_loader):.4f}")

# Step 4: evaluate
model.eval()
with torch.no_grad():
    outputs = model(X_test)
    test_loss = criterion(outputs, y_test)
    accuracy = (outputs.argmax(dim=1) == y_test).float().mean()
print(f"Test loss: {test_loss:.4f}, test accuracy: {accuracy:.4f}")
