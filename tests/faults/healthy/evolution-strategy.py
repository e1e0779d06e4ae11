import torch
from sklearn.datasets import load_iris
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

torch.manual_seed(3)
iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float32)
y = torch.tensor(iris.target)
order = torch.randperm(150)
train, test = order[:110], order[110:]
x = (x - x[train].mean(0)) / x[train].std(0)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
POPULATION, SIGMA, RATE = 30, 0.1, 0.15


def fitness(theta):
    vector_to_parameters(theta, net.parameters())
    return -nn.functional.cross_entropy(net(x[train]), y[train]).item()


with torch.no_grad():
    theta = parameters_to_vector(net.parameters())
    for generation in range(1, 121):
        noise = torch.randn(POPULATION // 2, len(theta))
        noise = torch.cat([noise, -noise])
        scores = torch.tensor([fitness(theta + SIGMA * e) for e in noise])
        ranks = scores.argsort().argsort().float() / (POPULATION - 1) - 0.5
        theta = theta + RATE / (POPULATION * SIGMA) * noise.T @ ranks
        if generation % 30 == 0:
            loss = -fitness(theta)
            acc = (net(x[test]).argmax(1) == y[test]).float().mean().item()
            print(f"generation {generation}: loss {loss:.4f} test accuracy {acc:.3f}")
