# Deep convolutional network of the old TensorFlow 1 tutorial, rewritten for PyTorch
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

LEARNING_RATE = 1e-3
KEEP_PROB = 0.9
BATCH_SIZE = 50
EPOCHS = 15


def weight_variable(shape):
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(shape), std=0.1))


def bias_variable(shape):
    return nn.Parameter(torch.full(shape, 0.1))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.W_conv1 = weight_variable((16, 1, 3, 3))
        self.b_conv1 = bias_variable((16,))
        self.W_conv2 = weight_variable((32, 16, 3, 3))
        self.b_conv2 = bias_variable((32,))
        self.W_fc1 = weight_variable((64, 32 * 2 * 2))
        self.b_fc1 = bias_variable((64,))
        self.W_fc2 = weight_variable((10, 64))
        self.b_fc2 = bias_variable((10,))
        self.drop = nn.Dropout(KEEP_PROB)

    def forward(self, x_image):
        h_pool1 = F.max_pool2d(F.relu(F.conv2d(x_image, self.W_conv1, self.b_conv1, padding=1)), 2)
        h_pool2 = F.max_pool2d(F.relu(F.conv2d(h_pool1, self.W_conv2, self.b_conv2, padding=1)), 2)
        h_pool2_flat = self.drop(h_pool2.flatten(1))
        h_fc1 = F.relu(F.linear(h_pool2_flat, self.W_fc1, self.b_fc1))
        return F.linear(self.drop(h_fc1), self.W_fc2, self.b_fc2)


def main():
    torch.manual_seed(24)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    images = (images - images.mean()) / images.std()
    labels = torch.tensor(digits.target)
    train_idx, test_idx = train_test_split(range(len(labels)), test_size=0.25, random_state=24, stratify=digits.target)
    train_x, train_y = images[train_idx], labels[train_idx]
    test_x, test_y = images[test_idx], labels[test_idx]

    net = ConvNet()
    train_step = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    for epoch in range(EPOCHS):
        net.train()
        cross_entropy = 0.0
        for batch in torch.randperm(len(train_x)).split(BATCH_SIZE):
            loss = F.cross_entropy(net(train_x[batch]), train_y[batch])
            train_step.zero_grad()
            loss.backward()
            train_step.step()
            cross_entropy += loss.item() * len(batch) / len(train_x)
        net.eval()
        with torch.no_grad():
            train_accuracy = (net(train_x).argmax(1) == train_y).float().mean().item()
            test_accuracy = (net(test_x).argmax(1) == test_y).float().mean().item()
        print("epoch %d, cross entropy %.3f, training accuracy %.3f, test accuracy %.3f"
              % (epoch + 1, cross_entropy, train_accuracy, test_accuracy))


if __name__ == "__main__":
    main()
