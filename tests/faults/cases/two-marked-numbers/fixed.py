import torch
from torch import nn


class Adder(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(2, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.head(states[:, -1]).squeeze(1)


class AddingTask:
    """One mark in the first half, one in the second; the answer is the sum of the two numbers under them."""

    def __init__(self, length):
        self.length = length

    def draw(self, n):
        number = torch.rand(n, self.length)
        mark = torch.zeros(n, self.length)
        early = torch.randint(0, self.length // 2, (n, 1))
        late = torch.randint(self.length // 2, self.length, (n, 1))
        mark.scatter_(1, early, 1.0)
        mark.scatter_(1, late, 1.0)
        answer = (number * mark).sum(1) - 1
        return torch.stack([2 * number - 1, mark], dim=2), answer


def run(length=40, iterations=800, batch_size=32):
    torch.manual_seed(1)
    task = AddingTask(length)
    model = Adder()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.MSELoss()
    test_x, test_y = task.draw(600)
    smooth = None
    for it in range(1, iterations + 1):
        model.train()
        x, y = task.draw(batch_size)
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
        if it % 100 == 0:
            model.eval()
            with torch.no_grad():
                test = criterion(model(test_x), test_y).item()
            print(f"iteration {it}  loss {smooth:.4f}  test {test:.4f}  (constant answer {test_y.var().item():.4f})")


if __name__ == "__main__":
    run()
