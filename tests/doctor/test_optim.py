"""Faults of the optimizer in the other shapes that scripts have: updates by hand, closures, accumulation, flags."""

import pytest
from tests.doctor.scripts import CLASSIFIER, REGRESSION, changed, line_of

from vitreous.doctor.diagnose import suspects
from vitreous.doctor.faults import load

BY_HAND = """\
import torch

torch.manual_seed(0)
x = torch.rand(200, 3)
y = x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.3
w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
for step in range(150):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    UPDATE
"""

UPDATES = {
    "in place": """with torch.no_grad():
        for p in (w, b):
            p -= 0.3 * p.grad
            p.grad.zero_()""",
    "through data": """for p in (w, b):
        p.data -= 0.3 * p.grad
        p.grad = None""",
    "new tensors": """w = (w - 0.3 * w.grad).detach().requires_grad_()
    b = (b - 0.3 * b.grad).detach().requires_grad_()""",
    "a class of one's own": """class Mine:
        def step(self):
            for p in (w, b):
                p.data.add_(p.grad, alpha=-0.3)
                p.grad.detach_()
                p.grad.zero_()
    Mine().step()""",
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=list(UPDATES))
def test_updates_by_hand_are_steps(doctor, update):
    verdict, evidence = doctor(BY_HAND.replace("UPDATE", update))
    assert verdict.findings == []
    assert len(evidence.steps) > 140
    assert not any(step.carried for step in evidence.steps)


def test_inputs_with_gradients_are_no_parameters(doctor):
    source = changed(
        REGRESSION,
        ("net(x[rows])", "net(kept[-1])"),
        ("        prediction", "        kept.append(x[rows].clone().requires_grad_())\n        prediction"),
        ("net = Net()", "net = Net()\nkept = []"),
    )
    verdict, evidence = doctor(source, prove=False)
    assert {finding.severity for finding in verdict.findings} <= {"note"}  # that it could go on
    assert all(p.received <= 1 for p in evidence.parameters.values() if p.model is None)


@pytest.mark.parametrize("update", ["in place", "through data"])
def test_gradients_never_cleared_by_hand(doctor, update):
    kept = "\n".join(
        line for line in UPDATES[update].splitlines() if "zero_()" not in line and "p.grad = None" not in line
    )
    source = BY_HAND.replace("UPDATE", kept)
    verdict, _ = doctor(source)
    first = verdict.findings[0]
    assert first.fault == "optim/no-zero-grad"
    assert first.line == line_of(source, "loss.backward()")
    assert first.proof is not None and first.proof.gain > 0.5


def test_never_updated_by_hand(doctor):
    verdict, _ = doctor(BY_HAND.replace("UPDATE", "w.grad, b.grad = None, None"), prove=False)
    assert [f.fault for f in verdict.findings] == ["optim/no-step"]


def test_gradients_of_exact_zeros_are_not_cleared_ones(doctor):
    """Once the softmax is saturated, cross-entropy behind it has no slope at all: there is nothing to clear."""
    source = changed(
        CLASSIFIER,
        ("nn.CrossEntropyLoss()", "lambda out, y: nn.functional.cross_entropy((1e7 * out).softmax(1), y)"),
        ("range(6)", "range(3)"),
    )
    _, evidence = doctor(source, prove=False)
    empty = [step for step in evidence.steps if step.empty]
    assert len(empty) > 50
    assert not any(step.lost for step in empty)
    for parameter in evidence.parameters.values():  # whatever steps were sampled to see gradients arrive
        parameter.received = parameter.looked
    assert list(load("optim/grads-cleared").suspect(evidence)) == []


@pytest.mark.long
def test_accumulation_cleared_before_the_step(doctor):
    source = changed(
        CLASSIFIER,
        ("for xb, yb in loader:", "for i, (xb, yb) in enumerate(loader):"),
        ("batch_size=30", "batch_size=3"),
        ("    nn.BatchNorm1d(32),\n", ""),
        ("torch.optim.Adam(model.parameters(), lr=3e-3)", "torch.optim.SGD(model.parameters(), lr=0.05)"),
        ("        optimizer.step()", "        if i % 10 == 9:\n            optimizer.step()"),
    )
    verdict, evidence = doctor(source)
    first = verdict.findings[0]
    assert first.fault == "optim/grads-cleared"
    assert first.line == line_of(source, "optimizer.zero_grad()")
    assert evidence.optimizers[0].thrown_away >= 9 * len(evidence.steps) - 9

    right = changed(
        source,
        ("        optimizer.zero_grad()\n", ""),
        ("            optimizer.step()", "            optimizer.step()\n            optimizer.zero_grad()"),
    )
    healthy, evidence = doctor(right, prove=False)
    assert "optim/grads-cleared" not in [f.fault for f in healthy.findings]
    assert evidence.optimizers[0].thrown_away == 0


def test_a_closure_without_backward(doctor):
    source = changed(
        CLASSIFIER,
        (
            "        optimizer.zero_grad()\n        loss = criterion(model(xb), yb)\n        loss.backward()\n",
            CLOSURE,
        ),
        ("        optimizer.step()", "        optimizer.step(closure)"),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/no-step"
    assert verdict.findings[0].line == line_of(source, "return criterion")


CLOSURE = """\
        def closure():
            optimizer.zero_grad()
            return criterion(model(xb), yb)



"""


def test_a_module_has_no_requires_grad(doctor):
    source = changed(
        CLASSIFIER,
        ("criterion = nn", "model.requires_grad_(False)\nmodel[6].requires_grad_(True)\ncriterion = nn"),
        ("    model.train()", "    model.requires_grad = True\n    model.train()"),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/frozen"
    assert verdict.findings[0].line == line_of(source, "model.requires_grad = True")


def test_a_frozen_network_is_blamed_on_its_flag(doctor):
    source = changed(
        CLASSIFIER,
        ("torch.manual_seed(0)", "torch.manual_seed(0)\nHOLD = True\n\n\n\n\n"),
        (
            "criterion = nn",
            "if HOLD:\n    for p in model.parameters():\n        p.requires_grad = False\ncriterion = nn",
        ),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/frozen"
    assert verdict.findings[0].line == line_of(source, "HOLD = True")


def test_the_rate_is_blamed_where_it_is_written(doctor):
    source = changed(
        CLASSIFIER,
        ("torch.manual_seed(0)", 'torch.manual_seed(0)\nconfig = {"lr": 3e-6}\n\n\n\n'),
        ("lr=3e-3", 'lr=config["lr"]'),
    )
    first = suspects(doctor(source, prove=False)[1])[0][0]
    assert (first.file.fault.id, first.suspicion.place.line) == (
        "optim/lr-too-low",
        line_of(source, '"lr": 3e-6'),
    )


def test_gradients_that_became_zero_were_not_cleared(doctor):
    """Units die while the gradients add up; what is zero then is still what the last step used."""
    source = changed(
        CLASSIFIER,
        ("        optimizer.zero_grad()\n", ""),
        ("    model.train()", "    model.train()\n    optimizer.zero_grad()"),
        ("    nn.BatchNorm1d(32),\n", ""),
        (
            "torch.optim.Adam(model.parameters(), lr=3e-3)",
            "torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)",
        ),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/no-zero-grad"


def test_gradients_set_to_none_between_backward_and_step(doctor):
    source = changed(
        CLASSIFIER,
        ("        optimizer.zero_grad()\n", ""),
        (
            "loss.backward()",
            "loss.backward()\n        for p in model.parameters():\n            p.grad = None",
        ),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/grads-cleared"
    assert verdict.findings[0].line == line_of(source, "p.grad = None")


def test_gradients_cleared_once_in_a_short_epoch(doctor):
    source = changed(
        CLASSIFIER,
        ("        optimizer.zero_grad()\n", ""),
        ("    model.train()", "    model.train()\n    optimizer.zero_grad()"),
        ("batch_size=30", "batch_size=150"),
        ("range(6)", "range(20)"),
    )
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/no-zero-grad"


TWO_OPTIMIZERS = (
    "optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)",
    "optimizer = torch.optim.Adam(model[6].parameters(), lr=3e-3)\n"
    "below = torch.optim.Adam(model[:6].parameters(), lr=3e-3)",
)


def test_one_of_two_optimizers_never_steps(doctor):
    source = changed(
        CLASSIFIER,
        TWO_OPTIMIZERS,
        ("        optimizer.zero_grad()", "        optimizer.zero_grad()\n        below.zero_grad()"),
    )
    verdict, _ = doctor(source)
    first = verdict.findings[0]
    assert (first.fault, first.line) == ("optim/no-step", line_of(source, "loss.backward()"))
    assert first.proof is not None and first.proof.gain > 0.1
    right = changed(source, ("        optimizer.step()", "        optimizer.step()\n        below.step()"))
    assert doctor(right, prove=False)[0].findings == []


def test_a_part_that_no_optimizer_holds(doctor):
    source = changed(
        REGRESSION,
        ("Adam(net.parameters()", "Adam(net.last.parameters()"),
        ("range(12)", "range(40)"),
        ("(5, 48)", "(5, 12)"),
        ("(48, 48)", "(12, 12)"),
        ("(48, 1)", "(12, 1)"),
    )
    verdict, _ = doctor(source)
    assert verdict.findings[0].fault == "optim/wrong-parameters"
    assert verdict.findings[0].line == line_of(source, "optimizer = ")


def test_a_head_replaced_after_the_first_stage(doctor):
    stage = CLASSIFIER[CLASSIFIER.index("for epoch") :]
    source = CLASSIFIER + "\n\n\n\nmodel[6] = nn.Linear(32, 4)\ny_train = 3 - y_train\n" + stage
    verdict, _ = doctor(source, prove=False)
    assert verdict.findings[0].fault == "optim/wrong-parameters"
    assert verdict.findings[0].line == line_of(source, "model[6] = ")


STAGES = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 12)
y = (x[:, :3].prod(1) > 0).long()
body = nn.Sequential(nn.Linear(12, 4), nn.Tanh())
model = nn.Sequential(body, nn.Linear(4, 12))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(90):
    rebuilt = nn.functional.mse_loss(model(x), x)
    optimizer.zero_grad()
    rebuilt.backward()
    optimizer.step()
model[1] = nn.Linear(4, 2)
optimizer.add_param_group({"params": model[1].parameters()})
body.requires_grad_(False)
for step in range(150):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""


def test_what_was_trained_first_and_then_kept_is_not_frozen_by_mistake(doctor):
    """The task is hard for the features that were learned first: that alone makes no fault of keeping them."""
    early = STAGES.replace("body.requires_grad_(False)\n", "").replace(
        "model = nn.Seq", "body.requires_grad_(False)\nmodel = nn.Seq"
    )
    _, kept = doctor(STAGES, prove=False)
    _, never = doctor(early, prove=False)
    assert list(load("optim/frozen").suspect(kept)) == []
    assert [s.file.fault.id for s in suspects(never)[0] if s.file.fault.id == "optim/frozen"]


def test_of_two_optimizers_behind_one_backward_pass_the_uncleared_one_is_named(doctor):
    two = (
        "optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)",
        "optimizer = torch.optim.Adam(model[:2].parameters(), lr=3e-3)\n"
        "second = torch.optim.Adam(model[2:].parameters(), lr=3e-3)",
    )
    steps = ("        optimizer.step()", "        optimizer.step()\n        second.step()")
    clears = ("        optimizer.zero_grad()", "        optimizer.zero_grad()\n        second.zero_grad()")
    wrong, right = changed(CLASSIFIER, two, steps), changed(CLASSIFIER, two, steps, clears)
    verdict, _ = doctor(wrong, prove=False)
    assert [f.fault for f in verdict.findings] == ["optim/no-zero-grad"]
    assert verdict.findings[0].line == line_of(wrong, "optimizer.zero_grad()")
    assert doctor(right, prove=False)[0].findings == []


HALF = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(400, 2) * 2 - 1
y = torch.sin(3 * x[:, :1]) * x[:, 1:]
model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
scaler = torch.amp.GradScaler("cpu")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, eps=1e-15)
for step in range(120):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        loss = 1e-6 * (model(x).float() - y).pow(2).mean()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
"""


HALF_UNSCALED = changed(HALF, ('GradScaler("cpu")', 'GradScaler("cpu", enabled=False)'))


def test_a_loss_with_a_weight_is_not_a_scaled_one(doctor):
    found = suspects(doctor(HALF_UNSCALED, prove=False)[1])[0]
    lines = {one.file.fault.id: one.suspicion.place.line for one in found}
    assert lines["train/mixed-precision"] == line_of(HALF_UNSCALED, "GradScaler")
    assert "train/mixed-precision" not in [
        one.file.fault.id for one in suspects(doctor(HALF, prove=False)[1])[0]
    ]


@pytest.mark.long
def test_an_experiment_says_the_same_of_a_loss_that_is_not_scaled(doctor):
    wrong = HALF_UNSCALED
    verdict, _ = doctor(wrong)
    assert [f.fault for f in verdict.findings] == ["train/mixed-precision"]
    assert verdict.findings[0].line == line_of(wrong, "GradScaler")
    assert doctor(HALF)[0].findings == []
