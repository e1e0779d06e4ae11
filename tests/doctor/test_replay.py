"""Two calls held against each other: what mixes, what sees the future, what is ignored."""

from __future__ import annotations

import operator
from functools import partial

import torch
from torch import Tensor, nn

from vitreous.doctor import samples
from vitreous.doctor.replay import first_leak, moved_along, record
from vitreous.record.notes.sequences import next_step_share


class Reshaped(nn.Module):
    """Its reshape runs over the batch axis, or does not."""

    def __init__(self, right: bool) -> None:
        super().__init__()
        self.right, self.layer = right, nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        turned = x.transpose(0, 1)  # 3, batch, 2
        turned = turned.transpose(0, 1) if self.right else turned
        found: Tensor = self.layer(turned.reshape(x.shape[0], 6))
        return found


def _nowhere(_module: object) -> None:
    return None


def _mixed(model: nn.Module, x: Tensor) -> tuple[list[int], str | None]:
    first, out = record(model, (x,), {}, _nowhere)
    args, kwargs = samples.with_sample_changed((x,), {}, 1)
    second, other = record(model, args, kwargs, _nowhere)
    leak = first_leak(first, second, len(x), partial(operator.eq, 1))
    return moved_along(out[0], other[0], 0), leak[0].name if leak else None


def test_a_reshape_over_the_batch_is_named_and_the_right_one_is_not() -> None:
    x = torch.randn(7, 3, 2)
    moved, name = _mixed(Reshaped(right=False), x)
    assert len(moved) > 1
    assert name == "reshape"
    assert _mixed(Reshaped(right=True), x) == ([1], None)


def test_samples_of_a_batch_norm_in_eval_mode_do_not_mix() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    assert _mixed(model, torch.randn(7, 3)) == ([1], None)
    assert model.training  # the mode is given back


def test_a_replay_draws_nothing_and_leaves_no_hooks() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    record(model, (torch.zeros(2, 3),), {}, _nowhere)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())


def test_other_values_differ_in_every_sample_and_keep_their_kind() -> None:
    words = torch.tensor([[0, 3], [2, 1], [1, 1]])
    other = samples.other_values(words)
    assert bool((other != words).all())
    assert set(other.unique().tolist()) <= {0, 1, 2, 3}
    numbers = torch.randn(5, 4)
    assert bool((samples.other_values(numbers) != numbers).any(1).all())


def test_targets_one_step_later_are_told_from_targets_that_only_look_so() -> None:
    series = torch.randint(0, 9, (8, 17))
    x, y = series[:, :-1], series[:, 1:]
    assert next_step_share(x, y) == 1.0
    assert next_step_share(x, y.flatten()) == 1.0
    assert (next_step_share(x, x) or 0.0) < 0.2
    rare = torch.zeros(8, 16)  # almost nothing ever happens: the next step is the same as this one
    assert next_step_share(rare, rare) == 0.0
    assert next_step_share(torch.zeros(8, 16), torch.zeros(8)) is None


def test_time_may_be_the_last_axis() -> None:
    series = torch.randn(8, 2, 17)
    x, y = series[..., :-1], series[..., 1:]
    assert next_step_share(x, y, -1) == 1.0
    assert next_step_share(x, y[:, 1], -1) == 1.0
    assert next_step_share(x, x, -1) == 0.0
    assert next_step_share(x.mT, y.mT) == 1.0
    assert (next_step_share(x.mT, y.mT, -1) or 0.0) == 0.0

    (changed,), _ = samples.with_time_changed((x,), {}, 7, 16, -1)
    assert torch.equal(changed[..., :8], x[..., :8])
    assert bool((changed[..., 8:] != x[..., 8:]).all())
