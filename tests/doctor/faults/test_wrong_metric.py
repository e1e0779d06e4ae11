"""Accuracies counted wrongly, and right ones counted in unusual ways."""

import numpy as np
import pytest

from vitreous.doctor.faults import load
from vitreous.record.compared import Comparison
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

SCRIPT = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(900, 8)
y = (x[:, :2].sum(1) + 0.3 * torch.randn(900) > 0.6).float().unsqueeze(1)
train = DataLoader(TensorDataset(x[:600], y[:600]), 50, shuffle=True)
test = DataLoader(TensorDataset(x[600:], y[600:]), 70)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
hits = 0
for epoch in range(8):
    for xb, yb in train:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
    total, hits = 0.0, 0
    with torch.no_grad():
        for xb, yb in test:
            out = model(xb)
            total += criterion(out, yb).item()
            answer = (out > 0).float()
            hits += (answer == yb).sum().item()
    print(f"epoch {epoch} loss {total / len(test):.3f} accuracy {hits / len(test.dataset):.4f}")
"""
DIVIDED = "hits / len(test.dataset)"
WRONG = {
    "logits rounded": ([("answer = (out > 0).float()", "answer = torch.round(out)")], "torch.round"),
    "no answers": ([("answer = (out > 0).float()", "answer = (out < 0).float()")], "answer ="),
    "divided by the batches": ([(DIVIDED, "hits / len(test)")], "hits / len(test)"),
    "divided by another part": ([(DIVIDED, "hits / len(train.dataset)")], "hits / len(train"),
    "counted on": ([("total, hits = 0.0, 0\n", "total = 0.0\n")], "hits / len(test"),
}
WITHOUT_A_LOSS = ("            total += criterion(out, yb).item()\n", "")
WRONG["no loss beside it"] = ([WITHOUT_A_LOSS, (DIVIDED, "hits / len(train.dataset)")], "hits / len(train")
AFTER_THE_STEP = [
    ("criterion(model(xb), yb).backward()", "out = model(xb)\n        criterion(out, yb).backward()"),
]
WRONG["logits rounded, behind the step"] = (
    [
        *AFTER_THE_STEP,
        (
            "        optimizer.step()\n",
            "        optimizer.step()\n        hits += (out.detach().round() == yb).sum().item()\n",
        ),
    ],
    "out.detach().round()",
)
RIGHT = {
    "counted behind the step": [
        *AFTER_THE_STEP,
        (
            "        optimizer.step()\n",
            "        optimizer.step()\n        hits += ((out > 0).float() == yb).sum().item()\n",
        ),
    ],
    "as it is": [],
    "no loss beside it": [WITHOUT_A_LOSS],
    "all are right, beside the epoch": [("0.3 * torch.randn(900) > 0.6", "0 > 0.6"), ("lr=3e-3", "lr=0.1")],
    "percent": [(DIVIDED, "100 * hits / len(test.dataset)")],
    "count": [(DIVIDED, "hits")],
    "rounded probability": [("(out > 0).float()", "torch.round(torch.sigmoid(out))")],
    "mean of batches": [(DIVIDED, "hits / 350"), (".sum().item()", ".float().mean().item() * 70")],
    "a part of the answers": [
        ("(answer == yb)", "(answer[yb == 1] == yb[yb == 1])"),
        (f"accuracy {{{DIVIDED}", "recall {hits / y[600:].sum().item()"),
    ],
}


def changed(*pairs):
    """The script with each old text, which must be there once, replaced."""
    source = SCRIPT
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_count_is_seen_at_its_line(doctor, name):
    pairs, text = WRONG[name]
    source = changed(*pairs)
    _, evidence = doctor(source, prove=False)

    found = list(load("eval/wrong-metric").suspect(evidence))

    line = next(i for i, code in enumerate(source.splitlines(), start=1) if text in code)
    assert [(s.certain, s.place.line) for s in found] == [(True, line)]


CLASSES = [
    ("> 0.6).float().unsqueeze(1)", "> 0.6).long()"),
    ("nn.Linear(16, 1)", "nn.Linear(16, 2)"),
    ("nn.BCEWithLogitsLoss()", "nn.CrossEntropyLoss()"),
]
PROVEN = {
    "logits rounded": WRONG["logits rounded"][0],
    "class over the batch": [
        *CLASSES,
        ("(out > 0).float()", "torch.max(out, 0)[1]"),
        ("y[600:]), 70", "y[600:]), 2"),
    ],
    "every answer with every label": [("(out > 0).float()", "(out > 0).float().squeeze(1)")],
}


@pytest.mark.parametrize("name", PROVEN)
def test_what_the_metric_says_when_computed_as_it_should_be_is_the_proof(doctor, name):
    verdict, _ = doctor(changed(*PROVEN[name]))
    (finding,) = (finding for finding in verdict.findings if finding.severity != "note")
    assert finding.fault == "eval/wrong-metric"
    assert finding.proof is not None
    assert finding.proof.metric == "wrong answers in evaluation"
    assert finding.proof.with_fix[-1] < 0.3 < finding.proof.as_written[-1]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_count_is_not(doctor, name):
    _, evidence = doctor(changed(*RIGHT[name]), prove=False)

    assert not list(load("eval/wrong-metric").suspect(evidence))
    assert not evidence.not_checked


def test_evaluations_without_a_model_are_counted_nowhere():
    evidence = Evidence(comparisons=[Comparison(9, 2, Place("train.py", 5), 40, 400, shapes=[[20, 1], [20]])])
    evidence.__dict__["arrays"] = {"evaluation.print_calls": np.array([-1] * 7 + [2] * 20)}
    assert [s.place.line for s in load("eval/wrong-metric").suspect(evidence)] == [5]


@pytest.mark.parametrize(("cut", "wrong"), [("> 0.5", True), ("> 0", False), (".sigmoid() > 0.5", False)])
def test_logits_cut_at_a_half(doctor, cut, wrong):
    script = f"""
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(700, 5)
y = (0.6 * x[:, 0] + torch.randn(700) > -0.4).float()
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(5):
    for rows in torch.randperm(500).split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows]).squeeze(1), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        said = (net(x[500:]).squeeze(1){cut}).float()
        print("accuracy", (said == y[500:]).float().mean().item())
"""
    verdict, _ = doctor(script, prove=False)
    named = [(f.fault, f.line) for f in verdict.findings if f.severity == "error"]
    assert named == ([("eval/wrong-metric", 16)] if wrong else [])
