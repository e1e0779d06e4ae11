import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.RandomState(11)
torch.manual_seed(11)

VOCAB, TOPICS, WORDS, DIM = 800, 8, 20, 16

# every topic has its favourite words, the rest is common to all
favourites = rng.permutation(VOCAB)[:TOPICS * 60].reshape(TOPICS, 60)


def reports(n):
    y = rng.randint(0, TOPICS, n)
    x = rng.randint(0, VOCAB, (n, WORDS))
    for i, topic in enumerate(y):
        spots = rng.rand(WORDS) < 0.3
        x[i, spots] = rng.choice(favourites[topic], spots.sum())
    return torch.from_numpy(x), torch.from_numpy(y)


class TopicNet(nn.Module):
    def __init__(self, embedding_matrix, n_topics):
        super(TopicNet, self).__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.tensor(embedding_matrix, dtype=torch.float32))
        self.dropout = nn.Dropout(0.3)
        self.fc1 = nn.Linear(embedding_matrix.shape[1], 32)
        self.fc2 = nn.Linear(32, n_topics)

    def forward(self, x):
        x = self.embedding(x).mean(dim=1)
        x = torch.relu(self.fc1(self.dropout(x)))
        return self.fc2(x)


X_train, y_train = reports(4000)
X_val, y_val = reports(800)
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=40, shuffle=True)
val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=200)

matrix = rng.uniform(-1, 1, (VOCAB, DIM))
model = TopicNet(matrix, TOPICS)
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=2e-3)

for epoch in range(14):
    model.train()
    train_loss = 0.0
    for X, y in train_loader:
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)

    model.eval()
    val_loss, val_acc = 0.0, 0.0
    with torch.no_grad():
        for X, y in val_loader:
            output = model(X)
            val_loss += loss_function(output, y).item() / len(val_loader)
            val_acc += (output.argmax(1) == y).float().mean().item() / len(val_loader)
    print('Epoch: {} \tTraining loss: {:.4f} \tValidation loss: {:.4f} \tValidation accuracy: {:.3f}'.format(
        epoch + 1, train_loss, val_loss, val_acc))
