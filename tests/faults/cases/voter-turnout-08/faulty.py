import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class MLP(nn.Module):
    def __init__(self, inputs, hidden=80, dropout=0.4):
        super().__init__()
        self.input = nn.Linear(inputs, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.output(self.dropout(torch.relu(self.input(x))))


def prepare(seed=8):
    X, y = make_classification(900, 45, n_informative=6, n_redundant=0, n_clusters_per_class=3,
                               class_sep=0.8, flip_y=0.08, random_state=seed)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=2)
    scaler = StandardScaler().fit(X_train)
    parts = []
    for features, target in ((X_train, y_train), (X_val, y_val), (X_test, y_test)):
        parts.append((torch.tensor(scaler.transform(features)).float(), torch.tensor(target)))
    return parts


def accuracy(model, part):
    model.eval()
    with torch.no_grad():
        return (model(part[0]).argmax(1) == part[1]).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(8)
    train, val, test = prepare()
    model = MLP(train[0].shape[1])
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=2e-2)
    x, y = train
    for epoch in range(1, 9):
        model.train()
        for idx in torch.randperm(len(x)).split(25):
            optimizer.zero_grad()
            loss = criterion(model(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
        if epoch % 4 == 0:
            print(f"epoch {epoch} train {accuracy(model, train):.3f} validation {accuracy(model, val):.3f} "
                  f"test {accuracy(model, test):.3f}")
