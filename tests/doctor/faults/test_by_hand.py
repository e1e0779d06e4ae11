"""Programs that update their parameters themselves, without an optimizer, are asked like others."""

import pytest
from tests.doctor.scripts import REGRESSION, changed, line_of

from vitreous.doctor.faults.model import saturated_units

BY_HAND = """\
import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(1000, 6)
y = (x[:, 0] * x[:, 1] + torch.sin(2 * x[:, 2]))[:, None]


def drawn(n_in, n_out):
    weight = torch.randn(n_in, n_out) / n_in**0.5
    return [weight.requires_grad_(), torch.zeros(n_out, requires_grad=True)]


params = drawn(6, 40) + drawn(40, 1)
for step in range(1200):
    rows = torch.randint(0, 1000, (50,))
    out = torch.tanh(x[rows] @ params[0] + params[1]) @ params[2] + params[3]
    loss = F.mse_loss(out, y[rows])
    gradients = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, g in zip(params, gradients):
            p.sub_(0.1 * g)
"""


def test_steps_with_gradients_that_are_handed_out_are_seen(doctor):
    _, evidence = doctor(BY_HAND, prove=False, steps=20)
    assert len(evidence.steps) == evidence.backwards == 20
    assert all(step.loss is not None and step.gradient_norm for step in evidence.steps)
    assert all(p.received == p.looked for p in evidence.parameters.values())
    assert evidence.training_traces


def test_equal_weights_of_bare_tensors_are_named(doctor):
    wrong = changed(BY_HAND, ("torch.randn(n_in, n_out) / n_in**0.5", "torch.full((n_in, n_out), 0.1)"))
    verdict, _ = doctor(wrong)
    assert [f.fault for f in verdict.findings] == ["model/bad-init"]
    assert verdict.findings[0].line == line_of(wrong, "torch.full")
    assert doctor(BY_HAND)[0].findings == []


def test_saturation_by_wide_weights_can_be_tried_without_an_optimizer(doctor):
    wrong = changed(BY_HAND, ("/ n_in**0.5", "* 2.0"))
    _, evidence = doctor(wrong, prove=False, steps=40)
    suspicions = list(saturated_units.suspect(evidence))
    assert len(suspicions) == 1
    assert suspicions[0].trials[0].settings == {"shapes": [[6, 40, 0], [40, 1, 0]]}


ASSIGNED = changed(
    BY_HAND,
    ("for step in", "optimizer = torch.optim.Adam(params, lr=1e-2)\nfor step in"),
    (
        "    with torch.no_grad():\n        for p, g in zip(params, gradients):\n            p.sub_(0.1 * g)\n",
        "    for p, g in zip(params, gradients):\n        p.grad = g\n    optimizer.step()\n",
    ),
)


def test_gradients_put_in_place_by_hand_belong_to_the_step(doctor):
    verdict, evidence = doctor(ASSIGNED, steps=60)
    assert all(step.loss is not None and step.backwards == 1 for step in evidence.steps)
    assert not any(step.carried for step in evidence.steps)
    assert verdict.findings == []


INNER = """\
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(150):
    x = torch.randn(64, 3)
    y = x[:, :1] * x[:, 1:2]
    inner = nn.functional.mse_loss(model(x[:32]), y[:32])
    gradients = torch.autograd.grad(inner, list(model.parameters()))
    loss = nn.functional.mse_loss(model(x), y) + 1e-3 * sum(g.square().sum() for g in gradients)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("where", ["beside an optimizer", "of an input"])
def test_gradients_asked_for_on_the_way_are_no_passes_of_training(doctor, where):
    source = INNER
    if where == "of an input":
        source = changed(
            INNER,
            ("    inner = nn.functional.mse_loss(model(x[:32]), y[:32])\n", "    x.requires_grad_()\n"),
            (
                "torch.autograd.grad(inner, list(model.parameters()))",
                "torch.autograd.grad(model(x).sum(), x)",
            ),
        )
    _, evidence = doctor(source, prove=False, steps=30)
    assert [step.backwards for step in evidence.steps] == [1] * 30


MODULE = """\
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

torch.manual_seed(0)
x = torch.randn(320, 6)
y = x[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
for epoch in range(4):
    for rows in torch.randperm(256).split(64):
        loss = F.cross_entropy(model(x[rows]), y[rows])
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.1 * p.grad
    with torch.no_grad():
        print(epoch, F.cross_entropy(model(x[256:]), y[256:]).item())
"""
NEW_TENSORS = changed(
    MODULE,
    (
        "for epoch in",
        "params = {n: p.detach().requires_grad_() for n, p in model.named_parameters()}\nfor epoch in",
    ),
    ("F.cross_entropy(model(x[rows]),", "F.cross_entropy(functional_call(model, params, (x[rows],)),"),
    ("        model.zero_grad()\n", ""),
    ("            for p in model.parameters():\n                p -= 0.1 * p.grad\n", "            pass\n"),
    (
        "    with torch.no_grad():\n        print",
        "        params = {n: (p - 0.1 * p.grad).detach().requires_grad_() for n, p in params.items()}\n"
        "    with torch.no_grad():\n        print",
    ),
    ("F.cross_entropy(model(x[256:]),", "F.cross_entropy(functional_call(model, params, (x[256:],)),"),
)


@pytest.mark.parametrize("script", [MODULE, NEW_TENSORS], ids=["in place", "new tensors"])
def test_what_an_update_by_hand_comes_from_is_training_and_no_evaluation(doctor, script):
    _, evidence = doctor(script, prove=False)
    assert [step.number for step in evidence.steps] == list(range(16))
    trained, evaluated = evidence.sites
    assert (trained.trained, trained.evaluated) == (16, 0)
    assert (evaluated.trained, evaluated.evaluated) == (0, 4)
    assert [one.step for one in evidence.passes] == [4, 8, 12, 16]
    assert {line.step for line in evidence.printed} == {4, 8, 12, 16}
    losses = [row for row in evidence.losses if row.trained]
    assert [row.step for row in losses] == list(range(16))


ACCUMULATED = changed(
    MODULE,
    ("range(4)", "range(12)"),
    ("torch.randperm(256).split(64)", "torch.randperm(256).split(8)"),
    ("F.cross_entropy(model(x[rows]),", "F.cross_entropy(model(10 * x[rows]),"),
    ("        model.zero_grad()\n", "        count = globals().get('count', 0) + 1\n"),
    (
        "        with torch.no_grad():\n            for p",
        "        if count % 32 == 0:\n          with torch.no_grad():\n            for p",
    ),
    ("p -= 0.1 * p.grad\n", "p -= 0.1 * p.grad\n                p.grad = None\n"),
)


def test_accumulation_before_an_update_by_hand_is_no_missing_step(doctor):
    verdict, evidence = doctor(ACCUMULATED)
    assert [step.backwards for step in evidence.steps] == [32] * 12
    assert [f.fault for f in verdict.findings][:1] == ["optim/accumulation-scale"]
    assert verdict.findings[0].line == line_of(ACCUMULATED, "loss.backward()")
    proof = verdict.findings[0].proof
    assert proof is not None
    assert proof.with_fix[0] == pytest.approx(proof.as_written[0])  # the same figure, not one divided as well


def test_weights_are_drawn_where_they_are_filled_and_not_where_they_are_updated(doctor):
    wrong = changed(
        MODULE,
        (
            "for epoch in range(4)",
            "for p in model.parameters():\n    nn.init.zeros_(p)\nfor epoch in range(4)",
        ),
        ("p -= 0.1 * p.grad", "p.mul_(0.999).sub_(0.1 * p.grad)"),
    )
    verdict, _ = doctor(wrong)
    assert verdict.findings[0].fault == "model/bad-init"
    assert verdict.findings[0].line == line_of(wrong, "nn.init.zeros_(p)")


OWN_OPTIMIZER = changed(
    MODULE,
    (
        "model = nn",
        "class Descent:\n    def __init__(self, weights, lr=1e-3):\n"
        "        self.weights, self.rate = list(weights), lr\n\n"
        "    def step(self):\n        with torch.no_grad():\n            for w in self.weights:\n"
        "                w -= self.rate * w.grad\n\n\nmodel = nn",
    ),
    ("for epoch in range(4)", "optimizer = Descent(model.parameters(), lr=500.0)\nfor epoch in range(10)"),
    (
        "        with torch.no_grad():\n            for p in model.parameters():\n                p -= 0.1 * p.grad\n",
        "        optimizer.step()\n",
    ),
)


def test_the_rate_of_an_optimizer_of_the_script_s_own_is_tried(doctor):
    verdict, _ = doctor(OWN_OPTIMIZER)
    assert verdict.findings[0].fault == "optim/lr-too-high"
    assert verdict.findings[0].line == line_of(OWN_OPTIMIZER, "lr=500.0")
    assert verdict.findings[0].proof is not None


def test_parameters_that_are_no_numbers_are_not_updated_for_that(doctor):
    script = changed(
        ACCUMULATED,
        ("model = nn.Sequential", "x[3] = float('nan')\nmodel = nn.Sequential"),
        ("range(12)", "range(3)"),
    )
    _, evidence = doctor(script, prove=False)
    assert [step.backwards for step in evidence.steps] == [32] * 3


TEACHER = changed(
    MODULE,
    (
        "for epoch in",
        "teacher = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nfor epoch in",
    ),
    ("x[rows]), y[rows])", "x[rows]), teacher(x[rows]).softmax(1)) / 2"),
    (
        "        model.zero_grad()\n        loss.backward()\n        with torch.no_grad():\n"
        "            for p in model.parameters():\n                p -= 0.1 * p.grad\n",
        "        loss.backward()\n        count = globals().get('count', 0) + 1\n        if count % 2 == 0:\n"
        "            optimizer.step()\n            optimizer.zero_grad()\n",
    ),
)


def test_another_model_of_the_same_shapes_is_no_update_beside_an_optimizer(doctor):
    _, evidence = doctor(TEACHER, prove=False)
    assert [step.optimizer for step in evidence.steps] == [0] * 8


OWN_CLASS = changed(
    REGRESSION,
    (
        "optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)",
        """\
class Descent:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr
    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * p.grad
optimizer = Descent(net.parameters(), 0.2)""",
    ),
)


def test_a_detached_layer_is_named_where_the_script_updates_the_others(doctor):
    wrong = changed(OWN_CLASS, ("h = torch.tanh(self.first(x))", "h = torch.tanh(self.first(x)).detach()"))
    verdict, _ = doctor(wrong, prove=False)
    assert [f.fault for f in verdict.findings] == ["model/disconnected"]
    assert verdict.findings[0].line == line_of(wrong, ".detach()")
    assert [f.fault for f in doctor(OWN_CLASS, prove=False)[0].findings if f.severity != "note"] == []
