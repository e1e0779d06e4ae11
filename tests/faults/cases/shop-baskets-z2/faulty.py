# Two questions about each shopping trip: how much is spent, and does the customer come back?
import torch
from torch import nn

gen = torch.Generator().manual_seed(33)
N, ITEMS = 3000, 20
bought = torch.poisson(torch.full((N, ITEMS), 0.8), generator=gen)
price = torch.rand(ITEMS, generator=gen) + 0.2
appeal = torch.randn(ITEMS, generator=gen)
spent = bought @ price + 0.2 * torch.randn(N, generator=gen)
returns = (torch.tanh(bought @ appeal / 2) + 0.2 * torch.randn(N, generator=gen) > 0).float()
spent = (spent - spent.mean()) / spent.std()
inputs = (bought - 0.8) / 0.9


class TwoQuestions(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(ITEMS, 40), nn.ReLU())
        self.amount = nn.Sequential(nn.Linear(40, 16), nn.ReLU(), nn.Linear(16, 1))
        self.again = nn.Sequential(nn.Linear(40, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        z = self.shared(x)
        return self.amount(z)[:, 0], self.again(z)[:, 0]


torch.manual_seed(33)
model = TwoQuestions()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
square, bce = nn.MSELoss(), nn.BCEWithLogitsLoss()

for epoch in range(15):
    for idx in torch.randperm(2400).split(40):
        amount, again = model(inputs[idx])
        amount_loss = square(amount, spent[idx])
        again_loss = bce(again, returns[idx])
        opt.zero_grad()
        amount_loss.backward(retain_graph=True)
        opt.zero_grad()
        again_loss.backward()
        opt.step()
    with torch.no_grad():
        amount, again = model(inputs[2400:])
    r2 = 1 - square(amount, spent[2400:]) / spent[2400:].var()
    hit = ((again > 0).float() == returns[2400:]).float().mean()
    print(f"epoch {epoch + 1:2d}  spending R2 {r2:.3f}  return accuracy {hit:.3f}")
