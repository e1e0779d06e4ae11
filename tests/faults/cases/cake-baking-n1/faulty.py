import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

# hyperparameters of the old tf.layers version
hidden_units = [128, 64]
keep_prob = 0.9
learning_rate = 0.002
batch_size = 64
n_epochs = 30


def load_bakes(n, seed):
    r = np.random.RandomState(seed)
    flour = r.uniform(150, 350, n)
    sugar = r.uniform(80, 250, n)
    eggs = r.randint(2, 6, n)
    powder = r.uniform(2, 14, n)
    oven = r.uniform(150, 210, n)
    minutes = r.uniform(20, 60, n)
    fat = r.uniform(50, 220, n)
    done = np.exp(-((oven * minutes - 6900) / 2200) ** 2)
    height = (3 + 4 * done * np.tanh(powder / 6) + 0.5 * eggs - 0.008 * fat - 0.00006 * (sugar - 150) ** 2
              + 0.004 * (flour - 250) + r.normal(0, 0.1, n))
    return np.stack([flour, sugar, eggs, powder, oven, minutes, fat], axis=1), height


class RiseModel(nn.Module):
    def __init__(self, n_in, units, keep_prob):
        super().__init__()
        layers = []
        for n_out in units:
            layers += [nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(keep_prob)]
            n_in = n_out
        layers.append(nn.Linear(n_in, 1))
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)


def main():
    torch.manual_seed(12)
    x_train, y_train = load_bakes(4000, 12)
    x_test, y_test = load_bakes(800, 13)
    x_mean, x_std = x_train.mean(0), x_train.std(0)
    y_mean, y_std = y_train.mean(), y_train.std()

    def to_tensors(x, y):
        return (torch.tensor((x - x_mean) / x_std, dtype=torch.float32),
                torch.tensor((y - y_mean) / y_std, dtype=torch.float32).unsqueeze(1))

    train_loader = DataLoader(TensorDataset(*to_tensors(x_train, y_train)), batch_size=batch_size, shuffle=True)
    x_test, y_test = to_tensors(x_test, y_test)

    model = RiseModel(x_train.shape[1], hidden_units, keep_prob)
    mse = nn.MSELoss()
    opt = optim.Adam(model.parameters(), lr=learning_rate)
    for epoch in range(n_epochs):
        model.train()
        total = 0.0
        for x, y in train_loader:
            opt.zero_grad()
            loss = mse(model(x), y)
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            test_mse = mse(model(x_test), y_test).item()
        print(f"epoch {epoch + 1:2d}  train_mse={total / len(x_train):.4f}  test_mse={test_mse:.4f}  "
              f"test_rmse={y_std * test_mse ** 0.5:.3f} cm")


if __name__ == "__main__":
    main()
