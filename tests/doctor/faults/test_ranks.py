"""Areas under the ROC curve by hand: an order taken for ranks, and ways that are right."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vitreous.doctor.faults import load
from vitreous.doctor.ranks import area

SCRIPT = """\
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(900, 8)
y = (x[:, :2].sum(1) + 0.6 * torch.randn(900) > 0.6).float()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)


def auc(scores, truth):
    yes, no = truth.sum(), (1 - truth).sum()
    WAY


for epoch in range(8):
    for rows in torch.randperm(600).split(50):
        optimizer.zero_grad()
        criterion(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        said = model(x[600:])
        loss = criterion(said, y[600:]).item()
    print(f"epoch {epoch} loss {loss:.3f} auc {float(auc(said, y[600:])):.3f}")
"""
AREA = "return (ranks[truth == 1].sum() - yes * (yes + 1) / 2) / (yes * no)"
IN_NUMPY = "truth = truth.numpy(); "
WRONG = {
    "numbers": f"ranks = scores.argsort().float() + 1; {AREA}",
    "whole numbers": f"ranks = torch.argsort(scores) + 1; {AREA}",
    "a product": "ranks = 1 + scores.argsort(); return ((ranks * truth).sum() - yes * (yes + 1) / 2) / (yes * no)",
    "NumPy": f"{IN_NUMPY}ranks = np.argsort(scores.numpy()) + 1; {AREA}",
}
RIGHT = {
    "sorted again": f"ranks = scores.argsort().argsort() + 1; {AREA}",
    "written at their places": (
        "ranks = torch.zeros(len(scores)); ranks[scores.argsort()] = torch.arange(1.0, len(scores) + 1); "
        + AREA
    ),
    "steps of the curve": (
        "hits = truth[scores.argsort(descending=True)]; return (hits.cumsum(0) * (1 - hits)).sum() / (yes * no)"
    ),
    "ranks of a few": "order = scores.argsort(descending=True)[:40] + 1; return truth[order - 1].mean()",
    "NumPy": f"{IN_NUMPY}ranks = np.argsort(np.argsort(scores.numpy())) + 1; {AREA}",
    "every pair": "return (scores[truth == 1][:, None] > scores[truth == 0]).float().mean()",
}


@pytest.mark.parametrize("name", WRONG)
def test_an_order_taken_for_ranks_is_seen_at_its_line(doctor, name):
    source = SCRIPT.replace("WAY", WRONG[name])
    _, evidence = doctor(source, prove=False)

    found = list(load("eval/wrong-metric").suspect(evidence))

    line = next(i for i, code in enumerate(source.splitlines(), start=1) if "argsort" in code)
    assert [(s.certain, s.place.line) for s in found] == [(True, line)]
    assert [edit.text.count("argsort") for s in found for edit in s.edits] == [2]


@pytest.mark.parametrize("name", RIGHT)
def test_ranks_and_orders_used_as_such_are_right(doctor, name):
    source = SCRIPT.replace("WAY", RIGHT[name])
    if name == "ranks of a few":
        source = source.replace(" auc {", " precision of the first {")
    _, evidence = doctor(source, prove=False)

    assert not list(load("eval/wrong-metric").suspect(evidence))
    assert not evidence.not_checked


def test_a_figure_of_training_beside_it_is_none_of_evaluation(doctor):
    way = RIGHT["every pair"]
    source = SCRIPT.replace("WAY", way).replace(
        "loss {loss:.3f}", "loss {loss:.3f} train auc {0.1 * epoch:.3f}"
    )
    _, evidence = doctor(source, prove=False)

    assert not list(load("eval/wrong-metric").suspect(evidence))


def test_the_area_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    truth, scores = random.integers(0, 2, 200), random.integers(0, 20, 200).astype(float)
    assert area(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
