import numpy as np
import torch
import torch.nn as nn


def catchment(days, seed):
    rng = np.random.default_rng(seed)
    rain = rng.gamma(0.4, 6.0, days) * (rng.random(days) < 0.4)
    soil, before, flow = 10.0, 0.0, []
    for r in rain:
        soil += before - 0.04 * soil
        flow.append(0.04 * soil + 0.3 * before)
        before = r
    return np.stack([rain / 4, np.array(flow) / 1.5 - 1], axis=1).astype("float32")


class FlowModel(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(2, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)
        self.state = None

    def forward(self, x):
        out, self.state = self.lstm(x, self.state)
        return self.linear(out).squeeze(-1)

    def new_sequence(self):
        self.state = None

    def cut(self):
        self.state = tuple(s.detach() for s in self.state)


def main():
    torch.manual_seed(43)
    series = torch.tensor(catchment(3000, 43))
    train, test = series[:2400], series[2400:]
    model = FlowModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    loss_fn = nn.MSELoss()
    rivers = train.view(8, 300, 2)
    for epoch in range(1, 41):
        model.new_sequence()
        total = 0.0
        for start in range(0, 299, 30):
            piece = rivers[:, start:start + 31]
            prediction = model(piece[:, :-1])
            loss = loss_fn(prediction, piece[:, 1:, 1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            model.cut()
            total += loss.item()
        if epoch % 8 == 0:
            model.new_sequence()
            with torch.no_grad():
                test_loss = loss_fn(model(test[None, :-1]), test[None, 1:, 1]).item()
            print(f"epoch {epoch}: train {total / 10:.4f} test {test_loss:.4f}")


if __name__ == "__main__":
    main()
