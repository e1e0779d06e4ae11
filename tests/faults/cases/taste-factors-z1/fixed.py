import torch

torch.manual_seed(17)

# who liked what: 200 people, 120 dishes, ratings around 3 stars, a quarter of the table is known
people, dishes, rank = 200, 120, 3
A = torch.randn(people, rank)
B = torch.randn(dishes, rank)
table = 3 + 0.3 * torch.randn(people, 1) + 0.3 * torch.randn(1, dishes) + 0.6 * A @ B.T + 0.1 * torch.randn(people, dishes)
known = torch.nonzero(torch.rand(people, dishes) < 0.25)
known = known[torch.randperm(len(known))]
train, test = known[:5000], known[5000:]

mu = table[train[:, 0], train[:, 1]].mean()
person_bias = torch.zeros(people, requires_grad=True)
dish_bias = torch.zeros(dishes, requires_grad=True)
person_vec = (0.1 * torch.randn(people, rank)).requires_grad_()
dish_vec = (0.1 * torch.randn(dishes, rank)).requires_grad_()
weights = [person_bias, dish_bias, person_vec, dish_vec]


def predict(pairs):
    u, d = pairs[:, 0], pairs[:, 1]
    return mu + person_bias[u] + dish_bias[d] + (person_vec[u] * dish_vec[d]).sum(1)


def error(pairs):
    return ((predict(pairs) - table[pairs[:, 0], pairs[:, 1]]) ** 2).mean()


optimizer = torch.optim.Adam(weights, lr=0.01)
for epoch in range(1, 31):
    for batch in train[torch.randperm(len(train))].split(100):
        penalty = sum((w ** 2).sum() for w in weights) * 2e-5
        loss = error(batch) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            print(f"{epoch:3d} rmse train {error(train).sqrt():.3f} test {error(test).sqrt():.3f}")
