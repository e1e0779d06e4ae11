"""Losses, penalties, updates and tables that scripts write out themselves: how training went, and what is to blame."""

import math

import pytest

from vitreous.doctor import symptoms
from vitreous.doctor.diagnose import suspects

START = """
import copy
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(300, 6)
kind = (x[:, 0] * x[:, 1] > 0).long() + 2 * (x[:, 2] > 0).long()
y = 5 * x[:, 0] + x[:, 1]
"""

LOOP = """
for step in range(12):
    rows = torch.randint(300, (50,))
    LOSS
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

CLASSIFIER = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
"""

REGRESSION = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
STRENGTH = 0.5  # HERE
"""


def observed(doctor, script, loss=""):
    source = START + script + (LOOP.replace("LOSS", loss) if loss else "")
    _, evidence = doctor(source, prove=False)
    here = next((n for n, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE")), None)
    return evidence, {one.file.fault.id: one.suspicion for one in suspects(evidence)[0]}, here


@pytest.mark.parametrize(
    "loss",
    [
        "loss = -F.log_softmax(model(x[rows]), 1).gather(1, kind[rows, None]).mean()",
        "z = model(x[rows]); loss = (z.logsumexp(1) - z[torch.arange(50), kind[rows]]).mean()",
        "p = model(x[rows]).softmax(1)[torch.arange(50), kind[rows]]; loss = -torch.log(p + 1e-9).mean()",
    ],
)
def test_a_cross_entropy_written_out_is_measured_in_nats(doctor, loss):
    fit = symptoms.fit(observed(doctor, CLASSIFIER, loss)[0])
    assert fit.chance == pytest.approx(math.log(4))
    assert fit.left == pytest.approx(fit.end / math.log(4))


@pytest.mark.parametrize(
    "loss",
    [
        "loss = -(F.log_softmax(model(x[rows]), 1).gather(1, kind[rows, None])[:, 0] * y[rows]).mean()",  # rewards
        "loss = (model(x[rows]).gather(1, kind[rows, None])[:, 0] - y[rows]).square().mean()",  # values of actions
        "loss = -F.log_softmax(model(x[rows]), 1).mean()",
    ],
)
def test_other_losses_are_not(doctor, loss):
    fit = symptoms.fit(observed(doctor, CLASSIFIER, loss)[0])
    assert fit.left is None or "square" in loss


@pytest.mark.parametrize(("penalty", "known"), [("STRENGTH * ridge", True), ("0 * ridge", True)])
def test_a_square_beside_a_penalty_tells_what_is_left_of_the_variance(doctor, penalty, known):
    loss = "ridge = sum(w.square().sum() for w in model.parameters()); "
    loss += f"loss = (model(x[rows]) - y[rows]).square().mean() + {penalty}"
    evidence, found, _ = observed(doctor, REGRESSION, loss)
    assert 0.5 < symptoms.fit(evidence).left < 1.5
    suspicion = found["optim/weight-decay-too-high"]
    assert suspicion.metric == "left"


@pytest.mark.parametrize(("last", "named"), [("torch.tanh(model(x[rows]))", True), ("model(x[rows])", False)])
def test_targets_out_of_reach_of_a_difference_written_out(doctor, last, named):
    loss = f"miss = ({last} - y[rows]).abs(); loss = torch.where(miss < 1, miss**2 / 2, miss - 0.5).mean()"
    _, found, _ = observed(doctor, REGRESSION, loss)
    assert ("model/output-activation" in found) is named


@pytest.mark.parametrize(("slope", "named"), [("True", True), ("0.1", False)])
def test_an_activation_that_changes_nothing_is_none(doctor, slope, named):
    script = f"""
model = nn.Sequential(
    nn.Linear(6, 8),
    nn.LeakyReLU({slope}),  # HERE
    nn.Linear(8, 4),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
"""
    _, found, here = observed(doctor, script, "loss = F.cross_entropy(model(x[rows]), kind[rows])")
    assert ("model/no-nonlinearity" in found) is named
    assert not named or found["model/no-nonlinearity"].place.line == here


@pytest.mark.parametrize(
    ("drawn", "named"), [("torch.rand(6, 40)", True), ("torch.rand(6, 40) - 0.5", False)]
)
def test_weights_of_one_sign_are_too_large_by_their_mean(doctor, drawn, named):
    script = f"""
w = nn.Parameter({drawn})
v = nn.Parameter({drawn.replace("6, 40", "40, 4")})
optimizer = torch.optim.Adam([w, v], lr=1e-5)
"""
    _, found, _ = observed(doctor, script, "loss = F.cross_entropy(torch.relu(x[rows] @ w) @ v, kind[rows])")
    assert ("model/bad-init" in found) is named


def test_growth_of_what_is_asked_for_a_gradient_only_is_not_the_networks(doctor):
    script = """
model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
def load(t):
    return 40 * torch.sin(6 * (6 * (6 * t)))
"""
    loss = "t = torch.rand(50, 1, requires_grad=True); "
    loss += "slope = torch.autograd.grad(model(t).sum(), t, create_graph=True)[0]; "
    loss += "loss = (slope + load(t)).square().mean()"
    assert "model/exploding-gradients" not in observed(doctor, script, loss)[1]


@pytest.mark.parametrize(("rank", "named"), [(1, True), (16, False)])
def test_tables_of_few_factors_are_too_small_where_their_number_has_a_name(doctor, rank, named):
    script = f"""
who, what = torch.randint(60, (300,)), torch.randint(40, (300,))
def tables(rank={rank}):  # HERE
    return (torch.randn(60, rank) / 3).requires_grad_(), (torch.randn(40, rank) / 3).requires_grad_()
P, Q = tables()
optimizer = torch.optim.Adam([P, Q], lr=1e-3)
"""
    _, found, here = observed(
        doctor, script, "loss = ((P[who[rows]] * Q[what[rows]]).sum(1) - y[rows]).square().mean()"
    )
    assert ("model/too-small" in found) is named
    assert not named or found["model/too-small"].place.line == here


@pytest.mark.parametrize(("update", "named"), [("p = p - 0.1 * p.grad", True), ("p -= 0.1 * p.grad", False)])
def test_an_update_under_the_loops_own_name_leaves_the_parameter(doctor, update, named):
    script = f"""
model = nn.Linear(6, 4)
for step in range(12):
    loss = F.cross_entropy(model(x), kind)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            {update}  # HERE
"""
    _, found, here = observed(doctor, script)
    assert ("optim/no-step" in found) is named
    if named:
        suspicion = found["optim/no-step"]
        assert suspicion.place.line == here
        assert suspicion.trials[0].settings["edits"][0][2].strip() == "p.data.sub_(0.1 * p.grad)"


def test_a_copy_of_what_was_switched_off_is_blamed_on_the_switch(doctor):
    script = """
old = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
old.requires_grad_(False)  # HERE
model = nn.Sequential(copy.deepcopy(old), nn.Linear(8, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
"""
    _, found, here = observed(doctor, script, "loss = F.cross_entropy(model(x[rows]), kind[rows])")
    assert found["optim/frozen"].place.line == here


def test_a_division_by_nothing_in_half_precision_is_the_formats(doctor):
    script = """
model = nn.Linear(6, 4).half()
"""
    loss = "out = model(x[rows].half()).float(); loss = F.cross_entropy(out, kind[rows])\n"
    script += (
        LOOP.replace("LOSS", loss)
        .replace("    optimizer.zero_grad()\n", "")
        .replace(
            "    optimizer.step()\n",
            "    with torch.no_grad():\n        for p in model.parameters():\n"
            "            p -= p.grad / ((1e-6 * p.grad * p.grad).sqrt() + 1e-8)\n            p.grad = None\n",
        )
    )
    _, found, _ = observed(doctor, script)
    assert "loss/log-of-zero" not in found
    assert "train/mixed-precision" in found


@pytest.mark.parametrize(("name", "expected"), [("width", "GroupNorm"), ("groups", "groups = 8")])
def test_a_width_that_layers_share_is_no_number_of_groups(doctor, name, expected):
    script = f"""
width = 8
groups = 8
model = nn.Sequential(
    nn.Linear(6, width),
    nn.ReLU(),
    nn.GroupNorm({name}, width),
    nn.Linear(width, width),
    nn.ReLU(),
    nn.Linear(width, 4),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
"""
    _, found, _ = observed(doctor, script, "loss = F.cross_entropy(model(x[rows]), kind[rows])")
    line = (START + script).splitlines()[found["model/ignores-input"].place.line - 1]
    assert expected in line


@pytest.mark.parametrize(
    ("factor", "fix"),
    [
        ("1e-3 * 0.9**e", "the factor, not the learning rate"),
        ("min(1.0, (e + 1) / 2000)", "after every optimizer step"),
    ],
)
def test_a_schedule_that_never_rises_is_not_helped_by_more_steps(doctor, factor, fix):
    script = CLASSIFIER + f"schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda e: {factor})"
    script += LOOP.replace("LOSS", "loss = F.cross_entropy(model(x[rows]), kind[rows])")
    script += "    if step % 4 == 3:\n        schedule.step()\n"
    _, found, _ = observed(doctor, script)
    assert fix in found["optim/lr-schedule"].fix


@pytest.mark.parametrize(("count", "named"), [("right = ", True), ("right += ", False)])
def test_right_answers_of_the_last_batch_only(doctor, count, named):
    script = f"""
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
unseen = torch.randn(400, 6)
wanted = (unseen[:, 0] * unseen[:, 1] > 0).long() + 2 * (unseen[:, 2] > 0).long()
for epoch in range(20):
    for rows in torch.randperm(300).split(50):
        loss = F.cross_entropy(model(x[rows]), kind[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = 0
    with torch.no_grad():
        for rows in torch.arange(400).split(100):
            {count}(model(unseen[rows]).argmax(1) == wanted[rows]).sum().item()
    print(f"epoch {{epoch}} accuracy {{right / 400:.4f}}")
"""
    _, found, _ = observed(doctor, script)
    assert ("eval/wrong-metric" in found) is named


def test_a_whole_set_in_a_batch_whose_steps_have_hardly_begun_is_asked_for_proof(doctor):
    script = """
x = torch.randn(2000, 6)
kind = (x[:, 0] * x[:, 1] > 0).long()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, kind), batch_size=2000, shuffle=True)
model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
for epoch in range(12):
    for a, b in loader:
        loss = F.cross_entropy(model(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
    _, found, _ = observed(doctor, script)
    assert found["train/batch-size"].certain is False
