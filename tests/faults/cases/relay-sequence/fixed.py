import torch
import torch.nn as nn
import torch.nn.functional as F


class StackedLSTM(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.hidden_size = hidden_size
        self.cells = nn.ModuleList()
        for layer in range(num_layers):
            self.cells.append(nn.LSTMCell(input_size if layer == 0 else hidden_size, hidden_size))

    def forward(self, x):
        batch, steps, _ = x.shape
        zeros = x.new_zeros(batch, self.hidden_size)
        state = [(zeros, zeros) for _ in self.cells]
        for t in range(steps):
            below = x[:, t]
            for k, cell in enumerate(self.cells):
                state[k] = cell(below, state[k])
                below = state[k][0]
        return below


class SignedSum(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = StackedLSTM(2, hidden, num_layers=2)
        self.read = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.read(self.rnn(x)).squeeze(1)


def sequences(n, gen, steps=10):
    value = torch.rand(n, steps, generator=gen)
    sign = torch.randint(0, 2, (n, steps), generator=gen).float() * 2 - 1
    total = (value * sign).sum(1) / 1.8
    return torch.stack([(value - 0.5) / 0.29, sign], dim=2), total


def main():
    torch.manual_seed(9)
    gen = torch.Generator().manual_seed(9)
    x, y = sequences(3000, gen)
    x_val, y_val = sequences(500, gen)
    model = SignedSum()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for epoch in range(1, 9):
        model.train()
        running = 0.0
        for idx in torch.randperm(len(x)).split(50):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x[idx]), y[idx])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            val = F.mse_loss(model(x_val), y_val).item()
        print(f"epoch {epoch} train mse {running / len(x):.4f} val mse {val:.4f} (mean predictor {y_val.var().item():.3f})")


if __name__ == "__main__":
    main()
