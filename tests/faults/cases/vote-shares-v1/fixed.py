import numpy as np
import torch
import torch.nn as nn

N_LISTS = 5


def villages(n, rng, mixing):
    """Statistics of n villages (standardised) and the shares of the lists among a sample of ballots."""
    facts = rng.normal(0, 1, (n, 8))
    strength = np.tanh(facts @ mixing) * 2.0 + 0.5 * facts[:, :1] * facts[:, 1:2]
    p = np.exp(strength)
    p /= p.sum(1, keepdims=True)
    ballots = np.stack([rng.multinomial(40, row) for row in p])
    shares = ballots / ballots.sum(1, keepdims=True)
    return torch.tensor(facts, dtype=torch.float32), torch.tensor(shares, dtype=torch.float32)


class ShareNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 48)
        self.out = nn.Linear(48, N_LISTS)

    def forward(self, x):
        h = torch.relu(self.hidden(x))
        return torch.softmax(self.out(h), dim=-1)


def kl_divergence(p, q):
    """Mean of sum p log(p / q) over the rows."""
    return (p * torch.log((p + 1e-8) / (q + 1e-8))).sum(dim=1).mean()


def main():
    torch.manual_seed(33)
    rng = np.random.default_rng(33)
    mixing = rng.normal(0, 0.6, (8, N_LISTS))
    x_train, p_train = villages(1600, rng, mixing)
    x_val, p_val = villages(400, rng, mixing)

    model = ShareNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-5)
    for epoch in range(1, 41):
        model.train()
        order = torch.randperm(len(x_train))
        for idx in order.split(40):
            divergence = kl_divergence(p_train[idx], model(x_train[idx]))
            optimizer.zero_grad()
            divergence.backward()
            optimizer.step()
        if epoch % 8 == 0:
            model.eval()
            with torch.no_grad():
                q = model(x_val)
                kl = kl_divergence(p_val, q).item()
                off = 100 * (p_val - q).abs().mean().item()
            print(f"epoch {epoch:2d}: val divergence {kl:.4f}, shares off by {off:.2f} points on average")


if __name__ == "__main__":
    main()
