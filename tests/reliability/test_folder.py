"""One process a folder; a folder that was claimed in vain is as it was before."""

import fcntl
import os

import polars as pl
import pytest

import vitreous as vt
from vitreous.errors import DataError, RunError, VitreousError
from vitreous.training import folder as folders
from vitreous.training.recipe import Recipe

QUICK = {"train.threads": 1, "train.baselines": False, "train.checks": False}


def train(out, **options):
    return vt.train("xor", out=out, epochs=2, settings=QUICK, **options)


def test_two_processes_cannot_train_in_one_folder(tmp_path):
    run = tmp_path / "run"
    with folders.claimed(run, Recipe()), pytest.raises(RunError, match=f"number {os.getpid()}") as caught:
        vt.resume(run)
    assert caught.value.exit_status == 5
    assert not (run / ".lock").exists()


def test_force_does_not_overwrite_a_run_that_goes_on(tmp_path):
    run = tmp_path / "run"
    with folders.claimed(run, Recipe()):
        before = sorted(p.name for p in run.iterdir())
        with pytest.raises(RunError, match="Another process"):
            train(run, force=True)
        assert sorted(p.name for p in run.iterdir()) == before


def test_the_lock_of_a_killed_process_does_not_count(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / ".lock").write_text("999999\n")
    with folders.held(run), (run / ".lock").open() as again, pytest.raises(BlockingIOError):
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_empty_folder_stays_empty_when_the_data_are_unusable(tmp_path):
    pl.DataFrame({"x": [1.0], "y": ["a"]}).write_csv(tmp_path / "one.csv")
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(DataError):
        vt.train(tmp_path / "one.csv", target="misspelt", out=run)
    assert list(run.iterdir()) == []


def test_force_keeps_the_old_run_until_the_new_data_are_usable(tmp_path):
    run = tmp_path / "run"
    train(run)
    before = {p.name: p.read_bytes() for p in run.iterdir() if p.is_file()}
    with pytest.raises(VitreousError):
        vt.train(tmp_path / "typo.csv", out=run, force=True)
    assert {p.name: p.read_bytes() for p in run.iterdir() if p.is_file()} == before
    assert (run / "checkpoints").is_dir()
    train(run, force=True, seed=1)
    assert not list(run.glob(".*"))
    assert (run / "model.safetensors").read_bytes() != before["model.safetensors"]


def test_a_full_disk_at_the_start_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.files, "write_atomic", full)
    with pytest.raises(RunError, match="No space left"):
        train(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", ["file", "below a file", "full of other things"])
def test_places_that_cannot_be_a_run(tmp_path, kind):
    out = {"file": "f", "below a file": "f/run", "full of other things": "d"}[kind]
    (tmp_path / "f").write_text("mine")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.tex").write_text("mine")
    for force in (False, True):
        with pytest.raises(RunError):
            train(tmp_path / out, force=force)
    assert (tmp_path / "f").read_text() == (tmp_path / "d" / "thesis.tex").read_text() == "mine"
