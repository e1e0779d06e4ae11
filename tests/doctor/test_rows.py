"""What people ask of a diagnosis, row by row: the fault, its line, and the evidence or the proof that the row wants.

The scripts are those of the corpus; each is examined once for all rows that it shows.
"""

from functools import cache

import pytest
from bench.doctor_corpus import is_near
from tests.faults.corpus import load

CASES = {case.name: case for case in load() if case.split == "tune"}


@pytest.fixture(scope="module")
def examined(doctor):
    """examined(case, prove) -> verdict, evidence of its faulty script."""

    @cache
    def examined(name, prove):
        return doctor(CASES[name].scripts["faulty_result"].read_text("utf-8"), prove=prove)

    return examined


ROWS = [
    ("L1: loss not falling, another rate proves it", "strokes-cnn", "optim/lr-too-low", "proof"),
    ("L2: gradients add up", "sine-by-hand", "optim/no-zero-grad", "proof"),
    ("L3: wrong labels", "flower-petals-12", "data/labels-misaligned", "line"),
    ("L4: falls, then stands still: the schedule", "cycle-of-letters", "optim/lr-schedule", "proof"),
    ("L5: training low, validation rising", "short-reviews", "train/overfit", "proof"),
    ("L7: log of zero", "order-counts", "loss/log-of-zero", "line"),
    ("L8: a bad value in the inputs", "loan-default-07", "data/non-finite", "columns with them"),
    (
        "L9: always the commonest class",
        "card-fraud-01",
        "data/class-imbalance",
        "most frequent class in the targets",
    ),
    ("L10: no parameter gets a gradient", "plankton-finetune", "optim/frozen", "requires_grad off"),
    ("L11: vanishing", "handwriting-deep", "model/vanishing-gradients", "gradient norm of the first layer"),
    ("L12: a rate too high", "power-demand", "optim/lr-too-high", "learning rate"),
    ("L13: no normalization", "heating-demand-02", "data/not-normalized", "proof"),
    ("L16, H2: no eval()", "steel-grades-03", "eval/train-mode", "line"),
    ("L16, H2: no no_grad()", "machine-sounds-02", "eval/tracks-gradients", "line"),
    ("L20: a plain recurrence over many steps", "two-marked-numbers", "model/vanishing-gradients", "line"),
    ("L21, C4: softmax before cross-entropy", "citation-graph", "loss/softmax-before-cross-entropy", "line"),
    ("L24: exploding", "friend-groups", "model/exploding-gradients", "proof"),
    ("C10: a loss that is no match", "signal-modulation", "loss/mse-for-classification", "line"),
    ("F11: sorted and not shuffled", "scanned-digits-03", "data/not-shuffled", "proof"),
    ("D11: parameters without a gradient", "crystal-sets", "model/disconnected", "line"),
]


# Certain without an experiment: here only what is seen is asked for, and the experiments are those of other tests.
CERTAIN = [
    "loss/log-of-zero", "data/non-finite", "eval/train-mode", "eval/tracks-gradients",
    "loss/softmax-before-cross-entropy", "model/disconnected",
]  # fmt: skip


LONG = ["L1:", "L4:", "L20", "L24"]  # where an experiment takes as long as the script, several times


@pytest.mark.parametrize(
    ("row", "case", "fault", "shown"),
    [pytest.param(*row, id=row[0], marks=pytest.mark.long if row[0][:3] in LONG else ()) for row in ROWS],
)
def test_row(row, case, fault, shown, examined):
    verdict, _ = examined(case, fault not in CERTAIN)
    first = verdict.findings[0]
    assert first.fault == fault
    assert is_near(CASES[case].places[0], first.line)
    assert first.stage in ("data", "forward", "loss", "optimizer", "evaluation")  # L18
    if shown == "proof":
        assert first.proof is not None
        assert first.proof.gain > 0
    elif shown != "line":
        assert any(shown in f"{evidence.what} {evidence.unit}" for evidence in first.evidence)


def test_gradients_that_add_up_on_purpose_raise_nothing(doctor):
    """L26."""
    verdict, _ = doctor("""
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(512, 8)
y = (x[:, 0] * 2 + x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(30):
    for number, (xb, yb) in enumerate(zip(x.split(16), y.split(16))):
        loss = nn.functional.cross_entropy(model(xb), yb) / 4
        loss.backward()
        if number % 4 == 3:
            optimizer.step()
            optimizer.zero_grad()
""")
    assert not verdict.findings


def test_the_first_number_that_is_none_is_named_with_its_step_and_operation(doctor):
    """L6."""
    verdict, _ = doctor("""
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(256, 8)
y = x[:, :1] * 2 + 0.1 * torch.randn(256, 1)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
for step in range(200):
    batch = torch.randint(0, 256, (32,))
    loss = nn.functional.mse_loss(model(x[batch]), y[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
""")
    first = verdict.findings[0]
    assert first.fault == "optim/lr-too-high"
    rows = {row.what: row for row in first.evidence}
    overflow = rows["first operation whose result is not finite"]
    assert "line" in overflow.value
    assert overflow.step <= rows["first loss that is not a number"].step
