import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

np.random.seed(2)
torch.manual_seed(2)

digits = load_digits()
images = digits.images.astype(np.float32) / 16.0
tr_img, te_img, tr_lab, te_lab = train_test_split(images, digits.target, test_size=0.3, stratify=digits.target)

# two more copies of every training image, moved by one pixel
left = np.roll(tr_img, -1, axis=2)
down = np.roll(tr_img, 1, axis=1)
big_img = np.concatenate([tr_img, left, down])
big_lab = np.repeat(tr_lab, 3)

X = torch.from_numpy(big_img)[:, None] - 0.3
Y = torch.from_numpy(big_lab).long()
Xt = torch.from_numpy(te_img)[:, None] - 0.3
Yt = torch.from_numpy(te_lab).long()


class SmallCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        return self.fc(x.flatten(1))


cnn = SmallCNN()
optimizer = torch.optim.Adam(cnn.parameters(), lr=3e-3)

step = 0
while step < 600:
    order = torch.randperm(len(X))
    for b in order.split(64):
        loss = F.cross_entropy(cnn(X[b]), Y[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            with torch.no_grad():
                acc = (cnn(Xt).argmax(1) == Yt).float().mean().item()
            print(f"step {step:4d}  loss {loss.item():.3f}  test accuracy {acc:.3f}")
