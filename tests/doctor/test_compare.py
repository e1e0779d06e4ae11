"""What counts as learning restored, on curves whose answer is known."""

import math

import pytest

from vitreous.doctor.compare import compare, curve_of, gained, is_evaluated
from vitreous.record.compared import Comparison
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step
from vitreous.record.places import Place


def falling(start, end, steps=60):
    return [start * (end / start) ** (i / (steps - 1)) for i in range(steps)]


@pytest.mark.parametrize(
    ("before", "after", "chance", "least", "most"),
    [
        (falling(1.0, 0.9), falling(1.0, 0.01), 1.0, 0.9, 1.0),
        (falling(1.0, 0.5), falling(1.0, 0.5), 1.0, 0.0, 0.0),
        (
            falling(2e6, 200.0),
            falling(1.3, 0.02),
            1.0,
            0.95,
            1.0,
        ),  # drawn far too large: its start is no measure
        (falling(2e6, 200.0), falling(1.3, 0.02), math.inf, 0.95, 1.0),
        (falling(1.0, 0.002), falling(1.0, 0.001), 1.0, 0.0, 0.2),  # both are good
        (falling(1.0, 0.1), [math.nan] * 60, 1.0, -1.0, -1.0),
        ([1.0, math.nan] * 30, falling(1.0, 0.1), 1.0, 1.0, 1.0),
        ([0.5] * 60, [0.0] * 60, math.inf, 0.9, 1.0),
    ],
)
def test_the_share_that_went_away(before, after, chance, least, most):
    assert least - 1e-9 <= gained(before, after, chance) <= most + 1e-9


def test_errors_measured_at_every_fifth_step_are_compared_rather_than_losses():
    def run(loss, error):
        return Evidence(
            steps=[Step(i, 0, loss=loss, error=error if i < 400 or i % 5 == 0 else None) for i in range(2000)]
        )

    proof = compare(run(0.1, 0.8), run(2.0, 0.1), "fit", "another loss function")
    assert proof is not None
    assert proof.metric == "error of predictions"
    assert proof.steps == 2000
    assert proof.gain > 0.8


def test_without_a_loss_in_evaluation_the_wrong_answers_count():
    """What the script compares there with ==, by step, at the line that compares most often."""
    here, there = Place("train.py", 9), Place("train.py", 20)
    rows = [Comparison(step, step, here, right, 10) for step, right in ((5, 4), (5, 6), (10, 9), (10, 9))]
    evidence = Evidence(comparisons=[*rows, Comparison(10, 10, there, 0, 10)])

    assert curve_of(evidence, "evaluation loss") == ("wrong answers in evaluation", pytest.approx([0.5, 0.1]))
    assert is_evaluated(evidence)
    assert is_evaluated(Evidence(comparisons=rows[:1]))  # many programs evaluate once, at their end
    assert not is_evaluated(Evidence())
