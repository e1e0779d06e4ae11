"""Inputs of a forecast that were computed from later steps."""

import numpy as np
import pytest

from vitreous.doctor.ahead import looking_ahead

WINDOW = 8


def rows(series, other, *, lags=WINDOW):
    """Windows of a series and the last steps of another one, in any order, and the steps that come next."""
    at = np.random.default_rng(1).permutation(np.arange(40, len(series) - 20))
    inputs = np.stack([np.r_[series[t - WINDOW : t], other[t - lags : t], t % 7 == 0] for t in at])
    return inputs.astype(np.float32), series[at].astype(np.float32)


@pytest.fixture
def series():
    """A walk that forgets."""
    steps = np.random.default_rng(0).normal(size=900)
    for t in range(1, len(steps)):
        steps[t] += 0.6 * steps[t - 1]
    return steps


def mean(series, before, after):
    """The mean over so many steps on either side."""
    return np.mean([np.roll(series, lag) for lag in range(-after, before + 1)], axis=0)


def test_a_mean_over_both_sides_is_found_in_the_columns_that_reach_the_target(series):
    found = looking_ahead(*rows(series, mean(series, 3, 3)))

    assert found is not None
    assert (found.columns, found.steps, found.taps) == ([13, 14, 15], 3, 7)
    assert found.left[1] < 1e-3 < 0.02 < found.left[0]


@pytest.mark.parametrize(
    "name", ["over steps gone by", "known in time", "noise", "an echo", "what drives the next step"]
)
def test_what_is_known_in_time_is_not(series, name):
    other = {
        "over steps gone by": mean(series, 4, 0),
        "known in time": np.roll(mean(series, 3, 3), 3),
        "noise": np.random.default_rng(2).normal(size=len(series)),
        "an echo": np.roll(series, -1),
        "what drives the next step": np.roll(series, -1) - 0.6 * series,
    }[name]
    assert looking_ahead(*rows(series, other)) is None


def test_a_target_that_is_no_next_step_is_none(series):
    inputs, _ = rows(series, mean(series, 3, 3))
    assert looking_ahead(inputs, inputs.sum(1)) is None
