import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset, random_split


class DoughDataset(Dataset):
    """Hydration, temperature, starter age, salt, flour protein, hours of proofing; 1 if the loaf rose well."""

    def __init__(self, size, generator):
        x = torch.randn(size, 6, generator=generator)
        activity = 1.2 - (x[:, 1] - 0.3) ** 2 + 0.8 * x[:, 2] - 0.5 * x[:, 3]
        structure = 0.9 * x[:, 4] - 0.6 * x[:, 0] + 0.4 * x[:, 5] * x[:, 1]
        score = activity + structure - 0.7 + 0.15 * torch.randn(size, generator=generator)
        self.features = x
        self.labels = (score > 0).float().unsqueeze(1)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.features[index], self.labels[index]


class DoughNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 48)
        self.fc2 = nn.Linear(48, 24)
        self.fc3 = nn.Linear(24, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


def test(model, loader, criterion):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for features, labels in loader:
            output = model(features)
            loss += criterion(output, labels).item() * len(labels)
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(labels.view_as(pred)).sum().item()
    return loss / len(loader.dataset), 100.0 * correct / len(loader.dataset)


def main():
    torch.manual_seed(1)
    dataset = DoughDataset(4000, torch.Generator().manual_seed(1))
    train_set, test_set = random_split(dataset, [3200, 800])
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=200)

    model = DoughNet()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(1, 11):
        model.train()
        train_loss = 0.0
        for features, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(features), labels)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(train_loader)
        test_loss, accuracy = test(model, test_loader, criterion)
        print(f"Epoch {epoch}: train loss {train_loss:.4f}, test loss {test_loss:.4f}, test accuracy {accuracy:.1f}%")


if __name__ == "__main__":
    main()
