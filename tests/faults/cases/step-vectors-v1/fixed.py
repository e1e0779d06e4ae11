"""Dead reckoning: 90 steps (east, north, each with sensor noise) go in, the final position comes out.

Recurrent network of rectified units, its recurrent matrix started from the identity (Le, Jaitly, Hinton 2015).
"""
import torch
from torch import nn

STEPS, HIDDEN = 90, 40


class IRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, HIDDEN, nonlinearity="relu", batch_first=True)
        self.readout = nn.Linear(HIDDEN, 2)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(torch.eye(HIDDEN))
            self.rnn.weight_ih_l0.normal_(0, 0.1)
            self.rnn.bias_hh_l0.zero_()
            self.rnn.bias_ih_l0.zero_()

    def forward(self, steps):
        _, h = self.rnn(steps)
        return self.readout(h[0])


def walks(n, generator):
    wind = 0.15 * torch.randn(n, 1, 2, generator=generator)
    steps = wind + torch.randn(n, STEPS, 2, generator=generator)
    position = steps.sum(1) / STEPS ** 0.5
    return steps + 0.05 * torch.randn(n, STEPS, 2, generator=generator), position / 1.7


def validate(model, steps, position):
    model.eval()
    with torch.no_grad():
        return nn.functional.mse_loss(model(steps), position).item()


torch.manual_seed(12)
generator = torch.Generator().manual_seed(12)
train_steps, train_position = walks(2000, generator)
val_steps, val_position = walks(500, generator)

model = IRNN()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
for epoch in range(1, 13):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train_steps)).split(25):
        loss = nn.functional.mse_loss(model(train_steps[idx]), train_position[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(idx)
    val = validate(model, val_steps, val_position)
    print(f"epoch {epoch:2d}   train mse {total / len(train_steps):.4g}   val mse {val:.4g}")
