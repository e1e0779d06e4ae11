"""Schedules against closed forms; their state comes back exactly through JSON."""

import json
import math

import pytest
import torch

from vitreous.training.recipe import ScheduleRecipe
from vitreous.training.schedules import LearningRate, warmup_cosine

NAMES = ("constant", "step", "cosine", "one-cycle", "plateau")
PEAK = 1e-3


def make(name, *, epochs, each, lr=PEAK, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    return LearningRate(optimizer, ScheduleRecipe(name=name, **options), epochs * each, each)


def go(rate, epochs, each, losses=None):
    """The rate used at every step."""
    used = []
    for epoch in range(epochs):
        for _ in range(each):
            used.append(rate.now)
            rate.optimizer.step()
            rate.after_step()
        rate.after_epoch(losses[epoch] if losses else 1.0 / (epoch + 1))
    return used


def test_constant_never_moves():
    assert set(go(make("constant", epochs=3, each=4), 3, 4)) == {PEAK}


def test_E9_step_schedule_halves_every_ten_epochs():
    rate = make("step", epochs=20, each=2)
    used = go(rate, 20, 2)
    assert used[0] == used[19] == 1e-3
    assert used[20] == used[39] == 5e-4
    assert rate.now == 2.5e-4


def test_cosine_with_warm_up_is_the_closed_form():
    epochs, each, warmup, final = 5, 20, 0.1, 0.05
    used = go(make("cosine", epochs=epochs, each=each, warmup=warmup, final=final), epochs, each)
    steps, first = epochs * each, 10
    for step, found in enumerate(used):
        if step < first:
            expected = (step + 1) / (first + 1)
        else:
            angle = math.pi * (step - first) / (steps - first)
            expected = final + (1 - final) * (1 + math.cos(angle)) / 2
        assert found == pytest.approx(PEAK * expected, rel=1e-12)
    assert max(used) == pytest.approx(PEAK)


def test_cosine_ends_at_its_final_share():
    rate = make("cosine", epochs=2, each=10, final=0.25)
    go(rate, 2, 10)
    assert rate.now == pytest.approx(0.25 * PEAK)
    assert warmup_cosine(10_000, steps=20, warmup=1, final=0.25) == pytest.approx(0.25)


def test_one_cycle_rises_to_the_peak_and_falls_below_its_start():
    used = go(make("one-cycle", epochs=4, each=25, warmup=0.3), 4, 25)
    top = used.index(max(used))
    assert used[0] == pytest.approx(PEAK / 25)
    assert max(used) == pytest.approx(PEAK, rel=0.01)
    assert 27 <= top <= 31
    assert used[: top + 1] == sorted(used[: top + 1])
    assert used[top:] == sorted(used[top:], reverse=True)
    assert used[-1] < used[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_of_a_step_or_two_works(name, steps):
    used = go(make(name, epochs=1, each=steps, warmup=0.0), 1, steps)
    assert all(0 < lr <= PEAK * 1.0001 for lr in used)


def test_E7_plateau_waits_three_epochs_then_halves():
    losses = [1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95]
    rate = make("plateau", epochs=7, each=1, patience=3)
    used = go(rate, 7, 1, losses)
    assert used == [PEAK] * 6 + [PEAK / 2]


@pytest.mark.parametrize("name", NAMES)
def test_state_comes_back_exactly_through_json(name):
    epochs, each = 9, 4
    losses = [1.0, 0.9, *[0.95] * 7]
    whole = go(make(name, epochs=epochs, each=each), epochs, each, losses)

    first = make(name, epochs=epochs, each=each)
    before = go(first, 6, each, losses)
    saved = json.loads(json.dumps(first.state()))
    groups = [{k: v for k, v in g.items() if k != "params"} for g in first.optimizer.param_groups]

    second = make(name, epochs=epochs, each=each)
    second.optimizer.param_groups[0].update(groups[0])
    second.load(saved)
    assert before + go(second, epochs - 6, each, losses[6:]) == whole


def test_every_group_keeps_its_share_of_the_peak():
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": [parameters[0]], "lr": 0.1}, {"params": [parameters[1]], "lr": 1.0}]
    for name in ("cosine", "one-cycle", "step"):
        optimizer = torch.optim.SGD([dict(group) for group in groups], lr=1.0)
        rate = LearningRate(optimizer, ScheduleRecipe(name=name), 20, 5)
        for _ in range(4):
            for _ in range(5):
                optimizer.step()
                rate.after_step()
                low, high = (group["lr"] for group in optimizer.param_groups)
                assert low == pytest.approx(0.1 * high)
                assert rate.now == high
            rate.after_epoch(1.0)
