"""Which line is blamed, and which of two look-alikes is suspected; experiments are not needed to see it.

Each script has one line with HERE, where the fix goes.
"""

from __future__ import annotations

import pytest

from vitreous.doctor.diagnose import suspects

START = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(400, 6)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long()
z = torch.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3]
"""

LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for step in range(40):
    rows = torch.arange(step * 40, step * 40 + 40) % 400
    optimizer.zero_grad()
    loss = LOSS
    loss.backward()
    optimizer.step()
"""

NUMBERS_OF_A_LOSS = """
class Worst(nn.Module):
    def forward(self, said, meant):
        errors = [((s - m) ** 2).max().item() for s, m in zip(said, meant)]  # HERE
        return torch.tensor(errors, requires_grad=True).mean()


worst = Worst()
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
"""

ENCODED_WITHOUT_GRADIENTS = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 12)

    def forward(self, x):
        return torch.relu(self.layer(x))


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(12, 3)

    def encode(self, x):
        with torch.no_grad():  # HERE
            return self.encoder(x)

    def forward(self, x):
        return self.head(self.encode(x))


model = Both()
"""

TWIN_CALLED_TWICE = """
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
        self.right = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x):
        a = self.left(x)
        b = self.left(-x)  # HERE
        return a - b


model = Two()
"""

ZERO_WEIGHTS = """
def start(layer):
    if isinstance(layer, nn.Linear):
        nn.init.constant_(layer.weight, 0.0)  # HERE


model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
model.apply(start)
"""

LOW_BIASES = """
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))


def start(layer):
    layer.bias.data.fill_(-9.0)  # HERE


start(model[0])
"""

NOTHING_PASSES = """
class Sparse(nn.Module):
    def __init__(self, threshold):
        super().__init__()
        self.first = nn.Linear(6, 16)
        self.shrink = nn.Softshrink(threshold)
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        return self.last(self.shrink(self.first(x)))


model = Sparse(50.0)  # HERE
"""

NO_LAST_ACTIVATION = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 16)
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        hidden = torch.relu(self.first(x))
        return self.last(hidden)  # HERE


model = Net()
"""

OVER_THE_BATCH = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(6, 3)

    def forward(self, x):
        return torch.log_softmax(self.last(x), dim=0)  # HERE


model = Net()
"""

GROUPS_OF_ONE = """
model = nn.Sequential(
    nn.Linear(6, 16),
    nn.GroupNorm(16, 16),  # HERE
    nn.ReLU(),
    nn.Linear(16, 3),
)
"""

LINEAR_BLOCKS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 32)
        self.second = nn.Linear(32, 32)

        self.last = nn.Linear(32, 1)

    def forward(self, x):
        return self.last(self.second(self.first(x)))  # HERE


model = Net()
"""

DETACHED_OUTPUT = """
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))


def squares(said, meant):
    return ((said.detach() - meant) ** 2).mean().requires_grad_()  # HERE


"""

SHAPES_OF_A_HELPER = """
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))


def squares(said, meant):
    error = said - meant
    return (error**2).mean()


"""

POOLED_WITHOUT_ACTIVATION = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(1, 8, 3, padding=1)
        self.second = nn.Conv1d(8, 8, 3, padding=1)
        self.last = nn.Linear(24, 1)

    def forward(self, x):
        h = F.avg_pool1d(self.first(x.unsqueeze(1)), 2)  # HERE
        return self.last(torch.tanh(self.second(h)).flatten(1))


model = Net()
"""

BOUNDED_LOGITS = """
model = nn.Sequential(
    nn.Linear(6, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Tanh(),  # HERE
)
"""

MASKED_AND_DIVIDED = """
mask = torch.full((6, 6), float("-inf")).triu(1)
x[360:, 2] = 0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(6, 6)
        self.last = nn.Linear(6, 1)

    def forward(self, x):
        seen = torch.softmax(self.score(x).unsqueeze(1) + mask, dim=-1)
        return self.last(seen.mean(1))


def relative(said, meant, size):
    return ((said - meant) / size).square().mean()  # HERE


model = Net()
"""

NOTHING_REGISTERED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(6, 16), nn.Linear(16, 3)]  # HERE

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))


model = Net()
"""

FIRST_STATE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(1, 8, batch_first=True)
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        before = torch.zeros(1, len(x), 8)
        _, after = self.rnn(x.unsqueeze(2), before)
        return self.last(before[-1])  # HERE


model = Net()
"""

ANSWERS = "F.cross_entropy(model(x[rows]), y[rows])"
LOGS = "F.nll_loss(model(x[rows]), y[rows])"
SQUARES = "F.mse_loss(model(x[rows]), z[rows])"

# fault, what the script has in front of its loop, its loss, and look-alikes that must not be suspected
CASES = [
    ("loss/not-differentiable", NUMBERS_OF_A_LOSS, "worst(model(x[rows]), z[rows])", ["model/disconnected"]),
    ("model/disconnected", ENCODED_WITHOUT_GRADIENTS, ANSWERS, ["loss/not-differentiable"]),
    ("model/disconnected", TWIN_CALLED_TWICE, SQUARES, []),
    ("model/bad-init", ZERO_WEIGHTS, ANSWERS, []),
    ("model/dead-units", LOW_BIASES, ANSWERS, []),
    ("model/dead-units", NOTHING_PASSES, ANSWERS, []),
    ("loss/logits-into-probability-loss", NO_LAST_ACTIVATION, LOGS, ["model/mixes-samples"]),
    ("model/mixes-samples", OVER_THE_BATCH, LOGS, ["loss/logits-into-probability-loss"]),
    ("model/ignores-input", GROUPS_OF_ONE, ANSWERS, []),
    ("model/no-nonlinearity", LINEAR_BLOCKS, SQUARES, []),
    ("model/no-nonlinearity", POOLED_WITHOUT_ACTIVATION, SQUARES, []),
    ("model/disconnected", DETACHED_OUTPUT, "squares(model(x[rows]), z[rows])", ["loss/not-differentiable"]),
    ("loss/broadcast", SHAPES_OF_A_HELPER, "squares(model(x[rows]), z[rows, 0])  # HERE", []),
    ("model/unregistered-parameters", NOTHING_REGISTERED, ANSWERS, []),
    ("model/ignores-input", FIRST_STATE, ANSWERS, []),
    (
        "loss/not-differentiable",
        "model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))",
        "torch.autograd.Variable(F.mse_loss(model(x[rows]), z[rows]).data, requires_grad=True)  # HERE",
        ["model/unregistered-parameters", "model/disconnected"],
    ),
    ("model/output-activation", BOUNDED_LOGITS, ANSWERS, []),
    ("loss/log-of-zero", MASKED_AND_DIVIDED, "relative(model(x[rows]), z[rows], x[rows, 2:3])", []),
]


@pytest.mark.parametrize(("fault", "model", "loss", "not_suspected"), CASES)
def test_the_line_to_change_is_blamed(doctor, fault, model, loss, not_suspected):
    source = START + model + LOOP.replace("LOSS", loss)
    _, evidence = doctor(source, prove=False)
    found, not_checked = suspects(evidence)
    assert [note for note in not_checked if "backward pass" not in note] == []
    places = {s.file.fault.id: s.suspicion.place for s in found}
    assert fault in places
    line = next(number for number, text in enumerate(source.splitlines(), 1) if "HERE" in text)
    assert abs(places[fault].line - line) <= 1
    assert not set(not_suspected) & set(places)
