import copy

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

X, y = make_classification(n_samples=1600, n_features=20, n_informative=9, n_redundant=5, n_classes=5,
                           n_clusters_per_class=2, class_sep=1.3, flip_y=0.08, random_state=15)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=15, stratify=y)
scaler = StandardScaler().fit(X_train)


def make_loader(X, y, shuffle):
    ds = TensorDataset(torch.tensor(scaler.transform(X), dtype=torch.float32), torch.tensor(y))
    return DataLoader(ds, batch_size=32, shuffle=shuffle)


dataloaders = {'train': make_loader(X_train, y_train, True), 'val': make_loader(X_val, y_val, False)}


def train_model(model, criterion, optimizer, num_epochs=25):
    best_model_wts = copy.deepcopy(model.state_dict())
    best_acc = 0.0

    for epoch in range(num_epochs):
        for phase in ['train', 'val']:
            if phase == 'train':
                model.train()
            else:
                model.eval()

            running_loss, running_corrects, seen = 0.0, 0, 0
            for inputs, labels in dataloaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == 'train'):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == 'train':
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += (outputs.argmax(1) == labels).sum().item()
                seen += inputs.size(0)

            epoch_loss, epoch_acc = running_loss / seen, running_corrects / seen
            if epoch % 5 == 4:
                print(f'Epoch {epoch + 1}/{num_epochs} {phase} loss: {epoch_loss:.4f} acc: {epoch_acc:.4f}')
            if phase == 'val' and epoch_acc > best_acc:
                best_acc = epoch_acc
                best_model_wts = copy.deepcopy(model.state_dict())

    print(f'Best val acc: {best_acc:.4f}')
    model.load_state_dict(best_model_wts)
    return model


torch.manual_seed(15)
model = nn.Sequential(nn.Linear(20, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 5))
model = train_model(model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3))
