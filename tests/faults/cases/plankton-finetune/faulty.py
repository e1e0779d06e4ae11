import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

num_classes = 4
batch_size = 32
num_epochs = 10
# Flag for feature extracting. When False, we finetune the whole model, when True we only update the reshaped layer params
feature_extract = True


def plankton(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:20, :20]
    kinds = rng.integers(0, num_classes, n)
    images = np.empty((n, 1, 20, 20), dtype=np.float32)
    for i, kind in enumerate(kinds):
        cy, cx = rng.uniform(7, 13, 2)
        turn = rng.uniform(0, 2 * np.pi)
        r, phi = np.hypot(yy - cy, xx - cx), np.arctan2(yy - cy, xx - cx) + turn
        arms = {0: 0, 1: 2, 2: 3, 3: 5}[int(kind)]
        edge = 4.2 + (1.8 * np.cos(arms * phi) if arms else 0.0)
        images[i, 0] = 1 / (1 + np.exp((r - edge) * 2)) + rng.normal(0, 0.25, (20, 20))
    return TensorDataset(torch.from_numpy((images - 0.15) / 0.4), torch.from_numpy(kinds))


def set_parameter_requires_grad(model, feature_extracting):
    if feature_extracting:
        for param in model.parameters():
            param.requires_grad = False


def initialize_model(num_classes, feature_extract):
    model = nn.Sequential()
    model.features = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
    )
    set_parameter_requires_grad(model, feature_extract)
    model.fc = nn.Linear(16, num_classes)
    return model


def train_model(model, dataloaders, criterion, optimizer, num_epochs):
    for epoch in range(num_epochs):
        report = []
        for phase in ["train", "val"]:
            model.train() if phase == "train" else model.eval()
            running_loss, running_corrects = 0.0, 0
            for inputs, labels in dataloaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += torch.sum(outputs.argmax(1) == labels).item()
            size = len(dataloaders[phase].dataset)
            report.append(f"{phase} Loss: {running_loss / size:.4f} Acc: {running_corrects / size:.4f}")
        print(f"Epoch {epoch + 1}/{num_epochs} " + "  ".join(report))


torch.manual_seed(0)
dataloaders_dict = {
    "train": DataLoader(plankton(1600, 0), batch_size=batch_size, shuffle=True),
    "val": DataLoader(plankton(400, 1), batch_size=200),
}
model_ft = initialize_model(num_classes, feature_extract)
params_to_update = [p for p in model_ft.parameters() if p.requires_grad]
optimizer_ft = optim.Adam(params_to_update, lr=0.003)
train_model(model_ft, dataloaders_dict, nn.CrossEntropyLoss(), optimizer_ft, num_epochs)
