import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def pairwise_distances(z):
    """Euclidean distances between all rows of z."""
    difference = z.unsqueeze(1) - z.unsqueeze(0)
    return torch.sqrt((difference ** 2).sum(dim=2))


def batch_hard_triplet_loss(z, labels, margin=0.5):
    """Hermans et al. 2017: furthest positive and nearest negative of every anchor."""
    dist = pairwise_distances(z)
    same = labels.unsqueeze(0) == labels.unsqueeze(1)
    furthest_positive = (dist * same).max(dim=1).values
    nearest_negative = (dist + 1e3 * same).min(dim=1).values
    return F.relu(furthest_positive - nearest_negative + margin).mean()


def balanced_batches(labels, per_class=6, batches=30):
    by_class = [torch.nonzero(labels == c).flatten() for c in labels.unique()]
    for _ in range(batches):
        yield torch.cat([rows[torch.randperm(len(rows))[:per_class]] for rows in by_class])


class Embedder(nn.Module):
    def __init__(self, out_dim=24):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 4, out_dim)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.normalize(self.fc(x.flatten(1)), dim=1)


def main():
    torch.manual_seed(9)
    data = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(data.images, data.target, test_size=0.3, random_state=9, stratify=data.target)
    x_train = torch.tensor((x_train - 4.9) / 6.0, dtype=torch.float32).unsqueeze(1)
    x_test = torch.tensor((x_test - 4.9) / 6.0, dtype=torch.float32).unsqueeze(1)
    y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

    model = Embedder()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(8):
        model.train()
        history = []
        for rows in balanced_batches(y_train):
            loss = batch_hard_triplet_loss(model(x_train[rows]), y_train[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history.append(loss.item())
        model.eval()
        with torch.no_grad():
            nearest = torch.cdist(model(x_test), model(x_train)).argmin(dim=1)
        accuracy = (y_train[nearest] == y_test).float().mean().item()
        print(f"epoch {epoch + 1}: triplet loss {sum(history) / len(history):.4f}, nearest neighbour of same digit {accuracy:.3f}")


if __name__ == "__main__":
    main()
