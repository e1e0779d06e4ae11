import torch
from sklearn.datasets import make_friedman1

torch.manual_seed(8)
X, t = make_friedman1(n_samples=2200, n_features=8, noise=0.5, random_state=8)
X = torch.from_numpy(X).float() * 2 - 1
t = torch.from_numpy(t).float()
centre, spread = t[:1800].mean(), t[:1800].std()
t = (t - centre) / spread

net = torch.nn.Sequential(
    torch.nn.Linear(8, 64), torch.nn.SiLU(),
    torch.nn.Linear(64, 64), torch.nn.SiLU(),
    torch.nn.Linear(64, 1),
)
RIDGE = 1e-5


def penalty():
    return sum(w.square().sum() for name, w in net.named_parameters() if name.endswith("weight"))


adam = torch.optim.Adam(net.parameters(), lr=3e-3)
step, epoch = 0, 0
while epoch < 25:
    for rows in torch.randperm(1800).split(60):
        fit = torch.nn.functional.mse_loss(net(X[rows]).squeeze(1), t[rows])
        loss = fit + RIDGE * penalty()
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
    epoch += 1
    if epoch % 5 == 0:
        with torch.no_grad():
            r2_train = 1 - (net(X[:1800]).squeeze(1) - t[:1800]).square().mean() / t[:1800].var()
            r2_test = 1 - (net(X[1800:]).squeeze(1) - t[1800:]).square().mean() / t[1800:].var()
        print(f"step {step}  loss {loss.item():.4f}  R2 train {r2_train:.3f}  R2 test {r2_test:.3f}")
