import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

# settings taken over from the old TF1 graph
hidden_1 = 64
hidden_2 = 64
keep_prob = 0.9
learning_rate = 2e-3
training_epochs = 40
batch_size = 50
display_step = 10

torch.manual_seed(123)
mnist_x, mnist_y = load_digits(return_X_y=True)
mnist_x = (mnist_x.astype(np.float32) - 8) / 8
x_train, x_test, y_train, y_test = [
    torch.from_numpy(a)
    for a in train_test_split(mnist_x, mnist_y, test_size=0.25, stratify=mnist_y, random_state=123)
]


class MultilayerPerceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.h1 = nn.Linear(64, hidden_1)
        self.h2 = nn.Linear(hidden_1, hidden_2)
        self.out = nn.Linear(hidden_2, 10)
        self.drop = nn.Dropout(keep_prob)

    def forward(self, x):
        layer_1 = self.drop(F.relu(self.h1(x)))
        layer_2 = self.drop(F.relu(self.h2(layer_1)))
        return self.out(layer_2)


net = MultilayerPerceptron()
optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)

for epoch in range(training_epochs):
    net.train()
    avg_cost = 0.0
    permutation = torch.randperm(len(x_train))
    for i in range(0, len(x_train), batch_size):
        batch = permutation[i:i + batch_size]
        cost = F.cross_entropy(net(x_train[batch]), y_train[batch])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        avg_cost += cost.item() * len(batch) / len(x_train)

    if (epoch + 1) % display_step == 0:
        net.eval()
        with torch.no_grad():
            logits = net(x_test)
            test_cost = F.cross_entropy(logits, y_test).item()
            accuracy = (logits.argmax(1) == y_test).float().mean().item()
        print("Epoch: %04d cost= %.4f test cost= %.4f test accuracy= %.4f"
              % (epoch + 1, avg_cost, test_cost, accuracy))
