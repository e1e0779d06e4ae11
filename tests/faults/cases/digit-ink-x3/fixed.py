import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 12, 3, padding=1)
        self.c2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc = nn.Linear(24 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        scores = self.fc(x.flatten(1))
        return F.log_softmax(scores, dim=1)


class Classifier:
    def __init__(self, net, lr=0.002, batch_size=64):
        self.net = net
        self.batch_size = batch_size
        self.loss = nn.NLLLoss()
        self.opt = torch.optim.RMSprop(net.parameters(), lr=lr)
        self.history = []

    def fit(self, X, y, X_val, y_val, epochs):
        for epoch in range(epochs):
            self.net.train()
            losses = []
            for idx in torch.randperm(len(X)).split(self.batch_size):
                self.opt.zero_grad()
                loss = self.loss(self.net(X[idx]), y[idx])
                loss.backward()
                self.opt.step()
                losses.append(loss.item())
            val_loss, val_acc = self.score(X_val, y_val)
            self.history.append((sum(losses) / len(losses), val_loss, val_acc))
        return self

    @torch.no_grad()
    def score(self, X, y):
        self.net.eval()
        logp = self.net(X)
        return self.loss(logp, y).item(), (logp.argmax(1) == y).float().mean().item()


torch.manual_seed(12)
images, labels = load_digits(return_X_y=True)
X_tr, X_va, y_tr, y_va = train_test_split(images / 16.0, labels, test_size=0.25, random_state=12, stratify=labels)
as_images = lambda a: torch.tensor(a, dtype=torch.float32).view(-1, 1, 8, 8)
clf = Classifier(DigitNet()).fit(as_images(X_tr), torch.tensor(y_tr), as_images(X_va), torch.tensor(y_va), epochs=12)
for e, (tr, va, acc) in enumerate(clf.history, 1):
    print(f"epoch {e:2d}  training loss {tr:.3f}  validation loss {va:.3f}  validation accuracy {acc:.3f}")
