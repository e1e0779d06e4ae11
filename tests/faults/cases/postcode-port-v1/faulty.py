"""Digits of postcodes. PyTorch port of my old TensorFlow 1 graph, same layer sizes and hyperparameters."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

FLAGS = {
    "learning_rate": 1e-3,
    "keep_prob": 0.9,
    "batch_size": 50,
    "num_epochs": 30,
    "hidden": (100, 80, 60),
}


class Graph(nn.Module):
    def __init__(self, n_inputs, hidden, n_classes, keep_prob):
        super().__init__()
        sizes = [n_inputs, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.logits = nn.Linear(sizes[-1], n_classes)
        self.keep_prob = keep_prob

    def forward(self, x):
        for layer in self.hidden:
            x = F.relu(layer(x))
            x = F.dropout(x, self.keep_prob, training=self.training)
        return self.logits(x)


def next_batch(x, y, batch_size):
    order = torch.randperm(len(x))
    for i in range(0, len(x), batch_size):
        idx = order[i:i + batch_size]
        yield x[idx], y[idx]


def main():
    torch.manual_seed(1)
    digits = load_digits()
    x = torch.tensor(digits.data, dtype=torch.float32) / 8 - 1
    y = torch.tensor(digits.target)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=1, stratify=y)

    graph = Graph(64, FLAGS["hidden"], 10, FLAGS["keep_prob"])
    train_op = torch.optim.Adam(graph.parameters(), lr=FLAGS["learning_rate"])
    for epoch in range(FLAGS["num_epochs"]):
        graph.train()
        cost, batches = 0.0, 0
        for batch_x, batch_y in next_batch(x_train, y_train, FLAGS["batch_size"]):
            loss = F.cross_entropy(graph(batch_x), batch_y)
            train_op.zero_grad()
            loss.backward()
            train_op.step()
            cost += loss.item()
            batches += 1
        if (epoch + 1) % 5 == 0:
            graph.eval()
            with torch.no_grad():
                logits = graph(x_test)
            accuracy = (logits.argmax(1) == y_test).float().mean().item()
            print(f"Epoch: {epoch + 1:02d} cost={cost / batches:.4f} test accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
