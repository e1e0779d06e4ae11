"""Snapshots: evenly kept, at most as many as wanted, the same ones after a resume, and none by default."""

from itertools import pairwise

import pytest
import torch
from safetensors.torch import load_file

import vitreous as vt
from vitreous.errors import RunError
from vitreous.training import distributed, snapshots
from vitreous.training.events import Listener


@pytest.mark.parametrize("most", [1, 2, 3, 8, 12])
def test_they_lie_evenly_and_are_neither_too_many_nor_too_few(most):
    kept: list[int] = []
    for step in range(1000):
        every = snapshots.stride(step, most)
        if step % every == 0:
            kept = [s for s in kept if s % every == 0] + [step]
        assert len(kept) <= most
        assert len(kept) * 2 >= min(most, step + 1)
        assert len({b - a for a, b in pairwise(kept)}) <= 1


def train(quick, keep, **more):
    settings = {"model.hidden": [8], "train.keep_checkpoints": keep, **more.pop("settings", {})}
    return quick("iris", epochs=12, settings=settings, **more)


def test_a_run_keeps_them_from_the_first_step_to_the_last(quick):
    run = train(quick, 5)
    kept = snapshots.kept(run.folder)
    assert 3 <= len(kept) <= 5
    assert min(kept) == 0
    assert max(kept) == run.result["steps"]
    steps = list(kept)
    assert len({b - a for a, b in pairwise(steps[:-1])}) == 1
    first, last = (load_file(kept[s]) for s in (0, max(kept)))
    assert any(not torch.equal(first[name], last[name]) for name in first)


def test_none_are_kept_by_default_and_keeping_changes_nothing(quick):
    plain, watched = train(quick, 0), train(quick, 6)
    assert not (plain.folder / "snapshots").exists()
    for name, tensor in plain.model.state_dict().items():
        assert torch.equal(tensor, watched.model.state_dict()[name])


def test_the_best_epochs_weights_are_among_them_when_all_are_kept(quick):
    run = train(quick, 1000)
    kept = snapshots.kept(run.folder)
    assert len(kept) == run.result["steps"] + 1
    best = run.history[run.result["best_epoch"] - 1]["step"]
    found = load_file(kept[best])
    assert all(torch.equal(found[name], tensor) for name, tensor in run.model.state_dict().items())


def test_a_resumed_run_keeps_the_same_ones(quick):
    whole = train(quick, 6, settings={"train.checkpoint_every_steps": 5})
    cut = train(quick, 6, settings={"train.checkpoint_every_steps": 5})
    for name in ("result.json", "model.safetensors"):
        (cut.folder / name).unlink()
    newest = max((cut.folder / "checkpoints").iterdir())
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()
    again = vt.resume(cut.folder)
    one, other = snapshots.kept(whole.folder), snapshots.kept(again.folder)
    assert list(one) == list(other)
    for step in one:
        left, right = load_file(one[step]), load_file(other[step])
        assert all(torch.equal(left[name], right[name]) for name in left), step


def test_training_anew_removes_the_old_ones(tmp_path):
    group = distributed.Processes()
    keeper = snapshots.Snapshots(tmp_path, 3, group, Listener(), fresh=True)
    model = torch.nn.Linear(2, 1)
    for step in range(9):
        keeper.take(model, step)
    assert list(snapshots.kept(tmp_path)) == [0, 8]
    snapshots.Snapshots(tmp_path, 3, group, Listener(), fresh=False)
    assert list(snapshots.kept(tmp_path)) == [0, 8]
    snapshots.Snapshots(tmp_path, 3, group, Listener(), fresh=True)
    assert snapshots.kept(tmp_path) == {}


def test_a_disk_that_refuses_costs_snapshots_and_not_the_run(tmp_path):
    heard = []

    class Hears(Listener):
        def warning(self, text):
            heard.append(text)

    (tmp_path / "snapshots").write_text("a file where the folder should be")
    keeper = snapshots.Snapshots(tmp_path, 3, distributed.Processes(), Hears(), fresh=False)
    model = torch.nn.Linear(2, 1)
    keeper.take(model, 0)
    keeper.take(model, 1)
    assert len(heard) == 1
    assert "no more are kept" in heard[0]


def test_a_damaged_or_foreign_snapshot_is_said(tmp_path):
    keeper = snapshots.Snapshots(tmp_path, 3, distributed.Processes(), Listener(), fresh=True)
    keeper.take(torch.nn.Linear(2, 1), 0)
    (path,) = snapshots.kept(tmp_path).values()
    with pytest.raises(RunError, match="does not fit"):
        snapshots.load_into(torch.nn.Linear(3, 1), path)
    path.write_bytes(b"no safetensors")
    with pytest.raises(RunError, match="no readable safetensors"):
        snapshots.load_into(torch.nn.Linear(2, 1), path)
