"""Losses that a script writes out are measured, and their evaluation read, as those of torch are."""

import math

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor import likelihood, reported, symptoms
from vitreous.doctor.diagnose import suspects

LOGISTIC = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1000, 8)
y = ((x[:, 0] * x[:, 1] + 0.5 * x[:, 2]) > 0.3).float()


def logistic(scores, labels):
    return (scores.clamp(min=0) - scores * labels + torch.log1p(torch.exp(-scores.abs()))).mean()


model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(30):
    for rows in torch.randperm(800).split(50):
        scores = model(x[rows]).squeeze(1)
        loss = logistic(scores, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        held_out = logistic(model(x[800:]).squeeze(1), y[800:])
    print(f"epoch {epoch} train loss {loss.item():.4f} val loss {held_out.item():.4f}")
"""
PROBABILITIES = changed(
    LOGISTIC,
    (
        "    return (scores.clamp(min=0) - scores * labels + torch.log1p(torch.exp(-scores.abs()))).mean()",
        "    p = 1 / (1 + torch.exp(-scores))\n"
        "    return -(labels * torch.log(p + 1e-7) + (1 - labels) * torch.log(1 - p + 1e-7)).mean()",
    ),
)


@pytest.mark.parametrize("script", [LOGISTIC, PROBABILITIES], ids=["of logits", "of probabilities"])
def test_a_logistic_loss_by_hand_is_held_against_the_entropy_of_its_labels(doctor, script):
    verdict, evidence = doctor(script)
    share = float(_labels(script).mean())
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    assert likelihood.nats_of_chance(evidence) == pytest.approx(entropy, rel=0.05)
    assert symptoms.fit(evidence).left < 0.4
    assert verdict.findings == []


def test_what_is_printed_of_held_out_data_stands_for_a_loss_by_hand(doctor):
    _, evidence = doctor(LOGISTIC, prove=False)
    points = reported.validation(evidence)
    assert [point.step for point in points] == list(range(16, 481, 16))
    assert points[-1].loss < points[0].loss
    torch_loss = changed(
        LOGISTIC, ("loss = logistic(", "loss = nn.functional.binary_cross_entropy_with_logits(")
    )
    read = reported.validation(
        doctor(torch_loss, prove=False)[1]
    )  # torch's loss is trained, another one evaluates
    assert [point.step for point in read] == list(range(16, 481, 16))


SCORES = changed(PROBABILITIES, ("    p = 1 / (1 + torch.exp(-scores))\n", "    p = scores\n"))


def test_scores_in_place_of_probabilities_in_a_loss_by_hand_are_suspected(doctor):
    assert "loss/logits-into-probability-loss" in [
        one.file.fault.id for one in suspects(doctor(SCORES, prove=False)[1])[0]
    ]


@pytest.mark.long
def test_scores_in_place_of_probabilities_in_a_loss_by_hand_are_proved(doctor):
    wrong = SCORES
    verdict, _ = doctor(wrong)
    first = verdict.findings[0]
    assert first.fault == "loss/logits-into-probability-loss"
    assert first.proof is not None
    assert abs(first.line - line_of(wrong, "scores = model")) <= 3 or first.line == line_of(
        wrong, "nn.Linear(32, 1)"
    )


def test_a_sigmoid_of_the_script_s_own_is_blamed_where_it_is_called(doctor):
    wrong = changed(
        LOGISTIC,
        ("\n\nmodel =", "\n\ndef squash(scores):\n    return 1 / (1 + torch.exp(-scores))\n\n\nmodel ="),
        ("loss = logistic(scores,", "loss = nn.functional.binary_cross_entropy_with_logits(squash(scores),"),
    )
    verdict, _ = doctor(wrong, prove=False)
    assert [f.fault for f in verdict.findings][:1] == ["loss/sigmoid-before-logits-loss"]
    assert verdict.findings[0].line == line_of(wrong, "squash(scores),")


def _labels(script):
    names = {}
    exec(compile(script.split("def logistic")[0], "script", "exec"), names)
    return names["y"][:800]
