"""How well a training went, from curves whose answer is known, and what the headline says of it."""

import math

import numpy as np
import pytest

from vitreous.doctor import symptoms
from vitreous.doctor.terminal import plain
from vitreous.doctor.verdict import Finding, Verdict
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step


def course(losses, errors=None):
    """The evidence of a run that lost so much at each step."""
    errors = errors or [None] * len(losses)
    return Evidence(
        steps=[Step(i, 0, loss=loss, error=e) for i, (loss, e) in enumerate(zip(losses, errors, strict=True))]
    )


def test_falling_back_from_an_explosion_is_not_learning():
    """2.3, then thousands, then slowly down to 50: the untrained network was better."""
    fit = symptoms.fit(course([2.3] + [4000 * 0.96**i for i in range(110)]))
    assert fit.start == 2.3
    assert fit.diverges
    assert fit.poor
    assert fit.learned == "nothing"


def test_losses_of_single_samples_jump_and_are_no_explosion():
    """Squared errors of one sample each, the first of them small by chance, falling to a fiftieth."""
    noise = np.random.default_rng(3)
    levels = np.geomspace(1.0, 0.02, 400)
    losses = (levels * noise.standard_normal(400) ** 2).tolist()
    losses[0] = 0.02 * float(np.median(losses[1:4]))
    fit = symptoms.fit(course(losses))
    assert fit.start > losses[0]
    assert not fit.diverges


@pytest.mark.parametrize(
    ("ends_at", "learned"), [(0.97, "nothing"), (0.6, "little"), (0.07, "much"), (math.nan, "nothing")]
)
def test_how_much_was_learned(ends_at, learned):
    errors = np.linspace(1.0, ends_at, 100).tolist() if math.isfinite(ends_at) else [1.0] * 100
    errors[50:] = [errors[-1]] * 50
    losses = [*errors[:-1], ends_at]
    assert symptoms.fit(course(losses, errors)).learned == learned


@pytest.mark.parametrize(
    ("severity", "learned", "words"),
    [
        ("error", "nothing", "does not learn"),
        ("warning", "nothing", "does not learn"),
        ("error", "little", "learns little"),
        ("error", "much", "learns, but not as it should"),
        ("warning", "much", "learns worse than it could"),
        ("warning", "little", "learns worse than it could"),
        ("note", "much", "could do better"),
        ("error", "", "does not learn"),
    ],
)
def test_the_headline_says_what_was_measured(severity, learned, words):
    finding = Finding(
        "x/y", severity, "optimizer", 0.9, "train.py", None, "this is why", [], "change it", None
    )
    verdict = Verdict("train.py", "faulty", 1.0, [finding], seen={"steps": 100, "learned": learned})
    assert plain(verdict).startswith(f"train.py {words}: this is why.")
