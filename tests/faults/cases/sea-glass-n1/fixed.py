import copy
import time

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(44)
rng = np.random.default_rng(44)
class_names = ["green", "brown", "white", "cobalt", "aqua"]


def spectra(n):
    wavelength = np.linspace(0, 1, 40)
    labels = rng.integers(0, 5, n)
    centre = np.array([0.45, 0.75, 0.5, 0.2, 0.35])[labels] + rng.normal(0, 0.03, n)
    width = np.array([0.12, 0.2, 0.9, 0.1, 0.15])[labels]
    curve = np.exp(-((wavelength - centre[:, None]) / width[:, None]) ** 2)
    curve = curve * rng.uniform(0.5, 1.0, (n, 1)) + rng.normal(0, 0.12, (n, 40))
    return TensorDataset(torch.tensor((curve - 0.4) / 0.3, dtype=torch.float32), torch.tensor(labels))


image_datasets = {"train": spectra(2000), "val": spectra(500)}
dataloaders = {x: DataLoader(image_datasets[x], batch_size=32, shuffle=x == "train") for x in ["train", "val"]}
dataset_sizes = {x: len(image_datasets[x]) for x in ["train", "val"]}


def train_model(model, criterion, optimizer, scheduler, num_epochs=10):
    since = time.time()
    best_model_wts = copy.deepcopy(model.state_dict())
    best_acc = 0.0
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            if phase == "train":
                model.train()
            else:
                model.eval()
            running_loss = 0.0
            running_corrects = 0
            for inputs, labels in dataloaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    _, preds = torch.max(outputs, 1)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += torch.sum(preds == labels).item()
            if phase == "train":
                scheduler.step()

            epoch_loss = running_loss / dataset_sizes[phase]
            epoch_acc = running_corrects / dataset_sizes[phase]
            print(f"Epoch {epoch} {phase} Loss: {epoch_loss:.4f} Acc: {epoch_acc:.4f}")
            if phase == "val" and epoch_acc > best_acc:
                best_acc = epoch_acc
                best_model_wts = copy.deepcopy(model.state_dict())
    print(f"Training complete in {(time.time() - since) // 60:.0f} min")
    print(f"Best val Acc: {best_acc:.4f}")
    model.load_state_dict(best_model_wts)
    return model


model_ft = nn.Sequential(
    nn.Linear(40, 64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 32), nn.ReLU(),
    nn.Linear(32, len(class_names)),
)
optimizer_ft = optim.SGD(model_ft.parameters(), lr=0.02, momentum=0.9)
exp_lr_scheduler = lr_scheduler.StepLR(optimizer_ft, step_size=7, gamma=0.1)
model_ft = train_model(model_ft, nn.CrossEntropyLoss(), optimizer_ft, exp_lr_scheduler)
