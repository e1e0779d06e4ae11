import torch
import torch.nn as nn
import torch.nn.functional as F

SEQ_LEN, CHANNELS, MOVES = 24, 3, 6


def tracker_data(n, gen):
    """Every move is a curve of three accelerations, with its own tempo and some jitter."""
    label = torch.randint(MOVES, (n,), generator=gen)
    t = torch.linspace(0, 1, SEQ_LEN)
    tempo = (1.5 + 0.6 * (label % 3)).float()[:, None] * (1 + 0.05 * torch.randn(n, 1, generator=gen))
    phase = 0.4 * torch.randn(n, 1, generator=gen)
    turn = torch.where(label < 3, 1.0, -1.0)[:, None]
    wave = 6.283 * tempo * t + phase
    x = torch.stack([torch.sin(wave), turn * torch.cos(wave), torch.sin(2 * wave)], dim=2)
    return x + 0.4 * torch.randn(n, SEQ_LEN, CHANNELS, generator=gen), label


class MoveRecogniser(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.hidden = hidden
        self.gru = nn.GRU(CHANNELS, hidden)
        self.fc = nn.Linear(SEQ_LEN * hidden, MOVES)

    def forward(self, x):
        x = x.permute(1, 0, 2)  # GRU wants (seq, batch, features)
        out, _ = self.gru(x)
        batch = x.size(1)
        out = out.transpose(0, 1).reshape(batch, SEQ_LEN * self.hidden)
        return self.fc(out)


def main():
    torch.manual_seed(4)
    gen = torch.Generator().manual_seed(4)
    x_train, y_train = tracker_data(1920, gen)
    x_test, y_test = tracker_data(640, gen)

    model = MoveRecogniser()
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(12):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(x_train)).split(64):
            opt.zero_grad()
            loss = F.cross_entropy(model(x_train[idx]), y_train[idx])
            loss.backward()
            opt.step()
            total += loss.item() * len(idx)
        model.eval()
        correct = 0
        with torch.no_grad():
            for xb, yb in zip(x_test.split(64), y_test.split(64)):
                correct += (model(xb).argmax(dim=1) == yb).sum().item()
        print(f"epoch {epoch + 1:2d}  train loss {total / len(x_train):.3f}  test accuracy {correct / len(x_test):.3f}")


main()
