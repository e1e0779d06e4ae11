import numpy as np
import torch


class Taste(torch.nn.Module):
    def __init__(self, n_readers, n_books, k, mean):
        super().__init__()
        self.reader_vec = torch.randn(n_readers, k, requires_grad=True)
        self.book_vec = torch.randn(n_books, k, requires_grad=True)
        self.reader_bias = torch.nn.Parameter(torch.zeros(n_readers))
        self.book_bias = torch.nn.Parameter(torch.zeros(n_books))
        self.mean = mean
        self.scale = 0.3

    def forward(self, r, b):
        match = (self.reader_vec[r] * self.book_vec[b]).sum(-1) * self.scale
        return self.mean + self.reader_bias[r] + self.book_bias[b] + match


class Trainer:
    def __init__(self, model, train, test, lr=0.02, batch_size=256):
        self.model, self.train_data, self.test_data = model, train, test
        self.batch_size = batch_size
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=1e-5)

    def run_epoch(self):
        r, b, stars = self.train_data
        order = torch.randperm(len(stars))
        squared = 0.0
        for i in range(0, len(order), self.batch_size):
            j = order[i:i + self.batch_size]
            error = self.model(r[j], b[j]) - stars[j]
            loss = error.pow(2).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            squared += error.detach().pow(2).sum().item()
        return (squared / len(stars)) ** 0.5

    @torch.no_grad()
    def rmse(self):
        r, b, stars = self.test_data
        return (self.model(r, b) - stars).pow(2).mean().sqrt().item()

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            train_rmse = self.run_epoch()
            if epoch % 5 == 0:
                print("epoch %2d   rmse train %.3f   test %.3f" % (epoch, train_rmse, self.rmse()))


rng = np.random.default_rng(8)
torch.manual_seed(8)
n_readers, n_books, n_ratings = 300, 160, 24000
taste = rng.normal(size=(n_readers, 3))
genre = rng.normal(size=(n_books, 3))
r = rng.integers(0, n_readers, n_ratings)
b = rng.integers(0, n_books, n_ratings)
stars = 3.4 + 0.3 * rng.normal(size=n_books)[b] + 0.6 * (taste[r] * genre[b]).sum(1) + 0.2 * rng.normal(size=n_ratings)

r, b = torch.from_numpy(r), torch.from_numpy(b)
stars = torch.from_numpy(stars).float()
cut = 20000
model = Taste(n_readers, n_books, 4, stars[:cut].mean().item())
Trainer(model, (r[:cut], b[:cut], stars[:cut]), (r[cut:], b[cut:], stars[cut:])).fit(20)
