import torch
import torch.nn as nn
import torch.nn.functional as F


class VoiceClassifier(nn.Module):
    """Thirty speakers from 40 voice features."""

    def __init__(self, n_features, n_speakers, width=96, dropout=0.1):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(n_features, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.head = nn.Linear(width, n_speakers)

    def forward(self, x):
        return self.head(self.trunk(x))

    def predict_proba(self, x):
        return self.forward(x).softmax(dim=-1)

    def fit(self, x, y, val, epochs=10, lr=0.1, batch_size=50, verbose=True):
        opt = torch.optim.SGD(self.parameters(), lr=lr, momentum=0.9, nesterov=True)
        for epoch in range(epochs):
            self.train()
            running, seen = 0.0, 0
            order = torch.randperm(x.size(0))
            for k in range(0, x.size(0), batch_size):
                take = order[k:k + batch_size]
                proba = self.predict_proba(x[take])
                loss = F.cross_entropy(proba, y[take])
                opt.zero_grad()
                loss.backward()
                opt.step()
                running += loss.item() * len(take)
                seen += len(take)
            if verbose:
                print(f"epoch {epoch:2d}: loss {running / seen:.3f}, val accuracy {self.accuracy(*val):.3f}")
        return self

    @torch.no_grad()
    def accuracy(self, x, y):
        self.eval()
        return self.predict_proba(x).argmax(-1).eq(y).float().mean().item()


def voices(per_speaker, centres):
    y = torch.arange(len(centres)).repeat_interleave(per_speaker)
    x = centres[y] + torch.randn(len(y), centres.size(1)) * 1.6
    return x / 1.9, y


torch.manual_seed(19)
centres = torch.randn(30, 40)
x_train, y_train = voices(150, centres)
x_val, y_val = voices(30, centres)
VoiceClassifier(40, 30).fit(x_train, y_train, (x_val, y_val))
