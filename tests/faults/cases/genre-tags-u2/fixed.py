import torch
from torch import nn
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

torch.manual_seed(1)
X, Y = make_multilabel_classification(n_samples=3000, n_features=30, n_classes=8, n_labels=3, length=120, random_state=1)
X_tr, X_te, Y_tr, Y_te = train_test_split(X, Y, test_size=600, random_state=1)
mu, sd = X_tr.mean(axis=0), X_tr.std(axis=0)
X_tr = torch.FloatTensor((X_tr - mu) / sd)
X_te = torch.FloatTensor((X_te - mu) / sd)
Y_tr, Y_te = torch.FloatTensor(Y_tr), torch.FloatTensor(Y_te)


class Tagger(nn.Module):
    def __init__(self, d_in, d_hidden, n_tags):
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden)
        self.act = nn.ELU()
        self.tags = nn.Linear(d_hidden, n_tags)

    def forward(self, x):
        return self.tags(self.act(self.hidden(x)))


tagger = Tagger(30, 64, 8)
optimizer = torch.optim.SGD(tagger.parameters(), lr=0.05, momentum=0.9)
loss_function = nn.BCEWithLogitsLoss()
batch = 32
epoch = 0
while epoch < 10:
    epoch += 1
    perm = torch.randperm(X_tr.shape[0])
    for k in range(0, len(perm), batch):
        rows = perm[k:k + batch]
        optimizer.zero_grad()
        output = tagger(X_tr[rows])
        loss = loss_function(output, Y_tr[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        logits = tagger(X_te)
        f1 = f1_score(Y_te.numpy(), (logits > 0).numpy(), average="micro")
        print("epoch", epoch, "test loss", round(loss_function(logits, Y_te).item(), 4), "micro F1", round(f1, 4))
