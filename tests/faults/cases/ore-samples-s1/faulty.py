import numpy as np
import torch
from torch import nn

# hyperparameters, as in the TensorFlow version
LEARNING_RATE = 0.002
TRAINING_EPOCHS = 14
BATCH_SIZE = 64
KEEP_PROB = 0.9
N_HIDDEN_1 = 64
N_HIDDEN_2 = 64
N_HIDDEN_3 = 64
N_INPUT = 20
N_CLASSES = 8


def ore(n, rng, typical, mixing):
    mineral = rng.integers(0, N_CLASSES, n)
    latent = typical[mineral] + rng.normal(0, 1.0, (n, 6))
    readings = np.tanh(latent @ mixing) + 0.2 * rng.normal(size=(n, N_INPUT))
    return readings.astype(np.float32), mineral


class MultilayerPerceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.h1 = nn.Linear(N_INPUT, N_HIDDEN_1)
        self.h2 = nn.Linear(N_HIDDEN_1, N_HIDDEN_2)
        self.h3 = nn.Linear(N_HIDDEN_2, N_HIDDEN_3)
        self.out = nn.Linear(N_HIDDEN_3, N_CLASSES)
        self.dropout = nn.Dropout(KEEP_PROB)

    def forward(self, x):
        layer_1 = self.dropout(torch.relu(self.h1(x)))
        layer_2 = self.dropout(torch.relu(self.h2(layer_1)))
        layer_3 = self.dropout(torch.relu(self.h3(layer_2)))
        return self.out(layer_3)


np_rng = np.random.default_rng(44)
torch.manual_seed(44)
typical, mixing = np_rng.normal(0, 2.2, (N_CLASSES, 6)), np_rng.normal(0, 0.3, (6, N_INPUT))
train_x, train_y = ore(6000, np_rng, typical, mixing)
test_x, test_y = ore(1500, np_rng, typical, mixing)
mu, sigma = train_x.mean(axis=0), train_x.std(axis=0)
train_x, test_x = torch.from_numpy((train_x - mu) / sigma), torch.from_numpy((test_x - mu) / sigma)
train_y, test_y = torch.from_numpy(train_y), torch.from_numpy(test_y)

mlp = MultilayerPerceptron()
cost_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(mlp.parameters(), lr=LEARNING_RATE)
total_batch = len(train_x) // BATCH_SIZE

for epoch in range(TRAINING_EPOCHS):
    mlp.train()
    avg_cost = 0.0
    shuffled = torch.randperm(len(train_x))
    for i in range(total_batch):
        batch = shuffled[i * BATCH_SIZE:(i + 1) * BATCH_SIZE]
        cost = cost_function(mlp(train_x[batch]), train_y[batch])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        avg_cost += cost.item() / total_batch
    mlp.eval()
    with torch.no_grad():
        logits = mlp(test_x)
        test_cost = cost_function(logits, test_y).item()
        test_accuracy = (logits.argmax(dim=1) == test_y).float().mean().item()
    print("Epoch: %04d cost=%.4f test cost=%.4f test accuracy=%.4f" % (epoch + 1, avg_cost, test_cost, test_accuracy))
