"""Causes that lie in what a script computes itself: rows taken by an index, sums that drown, losses written by hand."""

import math

import pytest
import torch
from tests.doctor.scripts import line_of

from vitreous.doctor.compare import compare
from vitreous.doctor.diagnose import suspects
from vitreous.doctor.faults.loss import log_of_zero
from vitreous.doctor.faults.model import vanishing_gradients
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step, TensorFacts
from vitreous.record.places import Place

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(300, 6)
y = x[:, 0] * x[:, 1]
order = torch.randperm(300)
seen, unseen = order[:220], order[220:]
"""

NODES = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(8):
    loss = ((model(x).squeeze(-1) - y)[TAKEN] ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        rest = ((model(x).squeeze(-1) - y)[unseen] ** 2).mean().item()
    print(f"unseen {rest:.3f}")
"""

POSITIONS = """
words, desk = torch.randint(100, (300, 80)), torch.randint(4, (300,))
embed, hidden, out = nn.Embedding(100, 8), nn.Linear(8, 16), nn.Linear(16, 4)
optimizer = torch.optim.Adam([*embed.parameters(), *hidden.parameters(), *out.parameters()], lr=0.005)
place = 3 * torch.arange(80.0).unsqueeze(-1)
for step in range(6):
    h = embed(words) + place  # HERE
    loss = F.cross_entropy(out(torch.tanh(hidden(h)).mean(1)), desk)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

OWN_LOSS = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def pinball(actual, forecast, level):
    gap = actual - forecast
    return torch.maximum(level * gap, (level - 1) * gap).mean()


def forecast(given):
    return model(given).squeeze(-1)


for rows in order.split(50):
    wanted = y[rows]
    said = model(x[rows]).squeeze(-1)
    loss = pinball(GIVEN, 0.9)  # HERE
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def suspected(doctor, script):
    source = START + script
    _, evidence = doctor(source, prove=False)
    here = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE")]
    return {one.file.fault.id: one.suspicion for one in suspects(evidence)[0]}, (here or [None])[0]


@pytest.mark.parametrize(("taken", "named"), [("seen", False), (":", True)])
def test_rows_taken_by_an_index_before_the_loss_are_all_that_is_trained(doctor, taken, named):
    found, _ = suspected(doctor, NODES.replace("TAKEN", taken))
    assert ("eval/on-training-data" in found) is named


@pytest.mark.parametrize(
    ("argument", "exponent", "named"),
    [(4e28, 2, False), (4e28, 3.0, False), (200.0, 20, True), (0.0, -1, True)],
)
def test_a_square_of_what_has_grown_is_no_singular_point(argument, exponent, named):
    def numbers(**known):
        return TensorFacts([220], "float32", **known)

    line = Place("train.py", 8)
    given = Op(1, "linear", inputs=[0], place=line, output=numbers(minimum=argument, maximum=argument, bad=0))
    power = Op(2, "pow", inputs=[1], place=line, arguments={"1": exponent}, output=numbers(bad=220))
    weight = Op(0, "parameter", "parameter", output=numbers(minimum=-1.0, maximum=1.0, bad=0))
    steps = [Step(0, 0, loss=1.0), Step(1, 0, loss=math.nan)]
    found = list(
        log_of_zero.suspect(Evidence(steps=steps, traces=[Trace(1, [weight, given, power], root=2)]))
    )

    assert bool(found) is named
    assert not found or found[0].certain is (
        exponent < 1
    )  # a high power only overflows: an experiment decides


def test_what_drowns_the_learned_signal_is_divided_alone(doctor):
    found, here = suspected(doctor, POSITIONS)
    suspicion = found["model/saturated-units"]
    assert suspicion.place.line == here
    assert [set(trial.settings) for trial in suspicion.trials] == [{"loud"}, {"at"}]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("said, wanted", "wanted, said"),
        ("wanted, said", None),
        ("model(x[rows]).squeeze(-1), y[rows]", "y[rows], model(x[rows]).squeeze(-1)"),
        ("y[rows], model(x[rows]).squeeze(-1)", None),
        ("forecast(x[rows]), wanted.float()", "wanted.float(), forecast(x[rows])"),
        ("torch.sin(y[rows]), forecast(x[rows])", None),
    ],
)
def test_a_loss_of_ones_own_is_told_by_the_names_of_its_parameters(doctor, given, named):
    found, here = suspected(doctor, OWN_LOSS.replace("GIVEN", given))
    assert ("loss/swapped-arguments" in found) is (named is not None)
    if named:
        suspicion = found["loss/swapped-arguments"]
        assert suspicion.place.line == here
        assert f"pinball({named}, 0.9)" in suspicion.trials[0].edits[0].text


@pytest.mark.parametrize(("other", "proven"), [(0.9, True), (0.50001, False)])
def test_exchanged_arguments_count_where_the_loss_before_any_update_is_another_one(other, proven):
    written, fixed = (Evidence(steps=[Step(0, 0, loss=one), Step(1, 0, loss=0.1)]) for one in (0.5, other))
    proof = compare(written, fixed, "first loss", "exchanged")
    assert (proof.gain >= 0.3) is proven


OWN_SIGMOID = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(600, 8)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()

def squash(h):
    return 1 / (1 + torch.exp(-h))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 24), *(nn.Linear(24, 24) for _ in range(6))])
        self.out = nn.Linear(24, 3)

    def forward(self, h):
        for layer in self.layers:
            h = squash(layer(h))
        return self.out(h)

net = Net()
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
for epoch in range(6):
    for rows in torch.randperm(600).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def test_a_sigmoid_of_the_scripts_own_between_many_layers_starves_the_first(doctor):
    found = suspects(doctor(OWN_SIGMOID, prove=False)[1])[0]
    (one,) = [s.suspicion for s in found if s.file.fault.id == "model/vanishing-gradients"]
    assert one.place.line == line_of(OWN_SIGMOID, "return 1 /")
    assert one.trials[0].changed == "ReLU in place of sigmoid"


def test_its_experiment_gives_the_sum_back_what_it_was_made_of():
    values = torch.linspace(-8, 8, 33, requires_grad=True)
    place = Place("train.py", 3)
    listener = vanishing_gradients.intervene({"do": "relu", "at": [["train.py", 3, "reciprocal"]]})

    class Call:
        name, args, kwargs, modules, places = "reciprocal", (1 + torch.exp(-values),), {}, (), (place,)

        def replace(self, output):
            self.output = output

    call = Call()
    listener.op_begin(call)
    assert torch.allclose(call.output, torch.relu(values), atol=1e-3)
    call.output.sum().backward()
    assert torch.allclose(values.grad, (values > 0).float(), atol=2e-2)
