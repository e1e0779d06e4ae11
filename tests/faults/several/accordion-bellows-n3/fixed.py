import numpy as np
import torch
from torch import nn, optim

np.random.seed(4)
torch.manual_seed(4)

STYLES = ["waltz", "polka", "tango", "musette", "reel"]
BEATS = {
    "waltz": [1.0, 0.3, 0.3],
    "polka": [1.0, 0.4],
    "tango": [1.0, 0.0, 0.6, 0.8],
    "musette": [1.0, 0.3, 0.6],
    "reel": [1.0, 0.4, 0.7, 0.4],
}
STEPS = 36


def recording(style):
    # pressure, bellows position and button count over 36 ticks, starting anywhere in the bar
    pattern = np.repeat(BEATS[style], 2)
    ticks = np.arange(STEPS) + np.random.randint(len(pattern))
    pressure = pattern[ticks % len(pattern)] * np.random.uniform(0.8, 1.2)
    position = np.sin(np.cumsum(pressure) / 4 + np.random.uniform(0, 6))
    buttons = pressure * np.random.uniform(0.6, 1.4, STEPS)
    clip = np.stack([pressure, position, buttons], axis=1)
    return clip + np.random.normal(0, 0.12, clip.shape)


class BellowsDataset(torch.utils.data.Dataset):
    def __init__(self, n):
        self.labels = np.random.randint(len(STYLES), size=n)
        clips = np.stack([recording(STYLES[k]) for k in self.labels])
        self.clips = torch.tensor((clips - 0.4) / 0.5, dtype=torch.float32)

    def __getitem__(self, i):
        return self.clips[i], int(self.labels[i])

    def __len__(self):
        return len(self.labels)


class StyleLSTM(nn.Module):
    def __init__(self, n_features=3, hidden=48, n_classes=len(STYLES)):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, n_classes)

    def forward(self, clips):
        outputs, _ = self.lstm(clips)
        return self.classifier(outputs[:, -1, :])


train_loader = torch.utils.data.DataLoader(BellowsDataset(1600), batch_size=32, shuffle=True)
valid_loader = torch.utils.data.DataLoader(BellowsDataset(400), batch_size=32)
model = StyleLSTM()
loss_fn = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)

for epoch in range(20):
    model.train()
    train_loss = 0.0
    for clips, labels in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(clips), labels)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(labels)

    model.eval()
    valid_loss, hits = 0.0, 0
    with torch.no_grad():
        for clips, labels in valid_loader:
            logits = model(clips)
            valid_loss += loss_fn(logits, labels).item() * len(labels)
            hits += (logits.argmax(dim=1) == labels).sum().item()
    print(f"[{epoch + 1:2d}] train {train_loss / 1600:.3f}  valid {valid_loss / 400:.3f}  acc {hits / 400:.3f}")
