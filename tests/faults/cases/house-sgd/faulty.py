import torch
from sklearn.datasets import make_friedman2
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def prepare(seed):
    features, price = make_friedman2(n_samples=2000, noise=20.0, random_state=seed)
    a, b, c, d = train_test_split(features, price.reshape(-1, 1), test_size=0.2, random_state=seed)
    scale_x, scale_y = StandardScaler().fit(a), StandardScaler().fit(c)
    arrays = scale_x.transform(a), scale_y.transform(c), scale_x.transform(b), scale_y.transform(d)
    return [torch.as_tensor(v, dtype=torch.float32) for v in arrays]


class Regressor(torch.nn.Module):
    def __init__(self, n_in, n_units=50):
        super().__init__()
        self.fc1 = torch.nn.Linear(n_in, n_units)
        self.fc2 = torch.nn.Linear(n_units, n_units)
        self.fc3 = torch.nn.Linear(n_units, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


def main():
    torch.manual_seed(10)
    x_train, y_train, x_test, y_test = prepare(10)
    net = Regressor(x_train.shape[1])
    sgd = torch.optim.SGD(net.parameters(), lr=0.8, momentum=0.9)
    mse = torch.nn.MSELoss()
    for epoch in range(1, 31):
        net.train()
        train_loss = 0.0
        permutation = torch.randperm(len(x_train))
        for start in range(0, len(x_train), 64):
            rows = permutation[start:start + 64]
            sgd.zero_grad()
            loss = mse(net(x_train[rows]), y_train[rows])
            loss.backward()
            sgd.step()
            train_loss += loss.item() * len(rows)
        if epoch % 6 == 0:
            net.eval()
            with torch.no_grad():
                test_loss = mse(net(x_test), y_test).item()
            print(f"epoch {epoch:3d}: train {train_loss / len(x_train):.4f} test {test_loss:.4f}")


if __name__ == "__main__":
    main()
