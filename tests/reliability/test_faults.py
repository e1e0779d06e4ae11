"""A disk that refuses, at every call; and every file damaged afterwards."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import vitreous as vt
from vitreous.errors import RunError, TrainingError, VitreousError
from vitreous.training import checkpoints
from vitreous.training.checkpoints import Checkpoint
from vitreous.training.events import Listener

QUICK = {"train.threads": 1, "train.baselines": False, "train.checks": False, "train.early_stopping": 0}


class Ears(Listener):
    def __init__(self):
        self.warnings, self.notes = [], []

    def warning(self, text):
        self.warnings.append(text)

    def note(self, text):
        self.notes.append(text)


class Killed(BaseException):
    """The process would be gone here."""


class Calls:
    """Counts the calls that reach the disk and lets the n-th fail."""

    def __init__(self, monkeypatch, fail_at=None, error=None):
        self.count, self.fail_at, self.error = 0, fail_at, error
        for owner, name in ((os, "fsync"), (os, "rename"), (os, "replace"), (os, "link"), (os, "mkdir")):
            monkeypatch.setattr(owner, name, self._wrapped(getattr(owner, name)))
        monkeypatch.setattr(Path, "open", self._wrapped(Path.open, lambda *a: "w" in str(a[1:])))
        monkeypatch.setattr(checkpoints, "save_file", self._wrapped(checkpoints.save_file))

    def _wrapped(self, original, counts=lambda *_: True):
        def call(*args, **kwargs):
            if counts(*args):
                self.count += 1
                if self.count == self.fail_at or (
                    self.error is Killed and self.count > (self.fail_at or 1e9)
                ):
                    raise self.error if self.error is Killed else OSError(self.error, os.strerror(self.error))
            return original(*args, **kwargs)

        return call


def a_checkpoint(step):
    weights = {"w": torch.full((50,), float(step))}
    best = {"w": torch.zeros(50)} if step % 2 else weights
    return Checkpoint({"step": step}, weights, best, {"m": torch.ones(3)})


def calls_of_one_save(folder, monkeypatch):
    with monkeypatch.context() as patch:
        counted = Calls(patch)
        checkpoints.save(folder, a_checkpoint(1))
    return counted.count


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, Killed])
@pytest.mark.parametrize("step", [3, 4])
def test_a_checkpoint_that_fails_at_any_call_leaves_the_older_ones(error, step, tmp_path, monkeypatch):
    (tmp_path / "count").mkdir()
    total = calls_of_one_save(tmp_path / "count" / "checkpoints", monkeypatch) + 2
    assert total > 12
    failed = 0
    for number in range(1, total + 1):
        folder = tmp_path / f"{number}" / "checkpoints"
        folder.parent.mkdir()
        checkpoints.save(folder, a_checkpoint(1))
        checkpoints.save(folder, a_checkpoint(2))
        with monkeypatch.context() as patch:
            Calls(patch, number, error)
            try:
                checkpoints.save(folder, a_checkpoint(step))
            except (OSError, Killed):
                failed += 1
        newest, notes = checkpoints.load_newest(folder)
        assert not notes and newest.state["step"] in (2, step)
        assert torch.equal(newest.model["w"], torch.full((50,), float(newest.state["step"])))
        checkpoints.save(folder, a_checkpoint(5))  # and the next one cleans up
        assert not list(folder.glob(".*"))
        assert checkpoints.load_newest(folder)[0].state["step"] == 5
    assert failed >= 15


def test_saving_a_step_again_never_touches_the_checkpoint_that_is_there(tmp_path, monkeypatch):
    first = checkpoints.save(tmp_path / "c", a_checkpoint(7))
    monkeypatch.setattr(checkpoints, "_prune", lambda *_: None)
    second = checkpoints.save(tmp_path / "c", a_checkpoint(7))
    assert first != second and first.is_dir()
    assert checkpoints.complete(tmp_path / "c") == [second, first]


def test_damaged_checkpoints_of_later_steps_do_not_push_good_ones_out(tmp_path):
    for step in (1, 2, 3):
        checkpoints.save(tmp_path / "c", a_checkpoint(step))
    (tmp_path / "c" / "step-00000003" / "state.json").write_text("{}")
    checkpoints.save(tmp_path / "c", a_checkpoint(2))  # as after a resume from the older one
    found = [checkpoints._read(place).state["step"] for place in checkpoints.complete(tmp_path / "c")]
    assert found[0] == 2 and 3 not in found


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_training_goes_on_while_the_disk_is_full(error, tmp_path, monkeypatch):
    ears, original, refused = Ears(), checkpoints.save, []

    def save(folder, checkpoint):
        if 10 <= checkpoint.state["step"] <= 40:
            refused.append(checkpoint.state["step"])
            raise OSError(error, os.strerror(error))
        return original(folder, checkpoint)

    monkeypatch.setattr(checkpoints, "save", save)
    options = {"epochs": 6, "settings": QUICK | {"train.checkpoint_every_steps": 5}}
    run = vt.train("toy200", out=tmp_path / "run", listener=ears, **options)
    assert refused and len(ears.warnings) == len(refused)
    assert all(os.strerror(error) in warning for warning in ears.warnings)
    assert run.status == "finished"


@pytest.mark.parametrize("size", [2_000, 30_000, 120_000])
def test_a_limit_that_the_system_enforces(size, datasets, tmp_path):
    """Not simulated: writes fail within safetensors, in buffers and on closing."""
    program = (
        "import resource, sys; from vitreous.__main__ import main; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
        "sys.argv = ['vitreous', *sys.argv[1:]]; main()"
    )
    settings = [f"{name}={str(value).lower()}" for name, value in QUICK.items()]
    argv = [
        sys.executable,
        "-c",
        program,
        "train",
        "digits",
        "--epochs",
        "2",
        "--out",
        str(tmp_path / "run"),
        "--quiet",
    ]
    for setting in [*settings, "train.checkpoint_every_steps=10"]:
        argv += ["--set", setting]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=datasets)
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) <= 2
    again = vt.resume(tmp_path / "run")
    assert again.status == "finished"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that was killed after its last checkpoint, with two checkpoints."""
    run = tmp_path_factory.mktemp("stopped") / "run"
    vt.train("toy200", out=run, epochs=3, settings=QUICK | {"train.checkpoint_every_steps": 4})
    for name in ("result.json", "manifest.json", "report.html"):
        (run / name).unlink()
    assert len(checkpoints.complete(run / "checkpoints")) == 2
    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run = tmp_path_factory.mktemp("finished") / "run"
    vt.train("toy200", out=run, epochs=2, settings=QUICK)
    return run


def damages(data: bytes):
    """One byte turned, at the start, in the middle and at the end; cut short; empty; gone."""
    for place in (0, len(data) // 2, len(data) - 1):
        yield f"byte {place}", data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
    yield "cut", data[: len(data) * 2 // 3]
    yield "empty", b""
    yield "gone", None


def put(path: Path, content):
    path.unlink()  # it may be a hard link to another run's file
    if content is not None:
        path.write_bytes(content)


CHECKPOINT_FILES = [
    "model.safetensors",
    "best.safetensors",
    "optimizer.safetensors",
    "state.json",
    "manifest.json",
]


@pytest.mark.parametrize("name", CHECKPOINT_FILES)
def test_a_damaged_checkpoint_is_passed_over_and_said(name, stopped, tmp_path):
    for number, (what, content) in enumerate(
        damages((checkpoints.complete(stopped / "checkpoints")[0] / name).read_bytes())
    ):
        copy = tmp_path / str(number)
        shutil.copytree(stopped / "checkpoints", copy)
        newest, older = checkpoints.complete(copy)
        put(newest / name, content)
        loaded, notes = checkpoints.load_newest(copy)
        assert f"step-{loaded.state['step']:08d}" == older.name, what
        assert len(notes) == 1 and newest.name in notes[0], what
        put(older / name, content)
        with pytest.raises(RunError, match="Every checkpoint"):
            checkpoints.load_newest(copy)


def test_resume_goes_on_from_the_older_checkpoint_to_the_same_end(stopped, tmp_path):
    run, ears = tmp_path / "run", Ears()
    shutil.copytree(stopped, run)
    newest = checkpoints.complete(run / "checkpoints")[0]
    put(newest / "model.safetensors", b"rotten")
    before = (stopped / "model.safetensors").read_bytes()
    vt.resume(run, listener=ears)
    assert (run / "model.safetensors").read_bytes() == before
    assert any(newest.name in warning for warning in ears.warnings)


WATCHED = ["model.safetensors", "preprocessing.json", "recipe.toml", "result.json", "manifest.json"]


@pytest.mark.parametrize("name", WATCHED)
def test_a_damaged_finished_run_is_never_used_silently(name, finished, tmp_path):
    rows = {f"x{k}": [0.1, 0.2] for k in range(10)}
    original = (finished / name).read_bytes()
    for number, (what, content) in enumerate(damages(original)):
        run = tmp_path / str(number)
        shutil.copytree(finished, run)
        put(run / name, content)
        uses = (
            [vt.resume]
            if name == "result.json"
            else [lambda r: vt.Run(r).predict(rows), lambda r: vt.Run(r).evaluate()]
        )
        if content is None and name in ("manifest.json", "result.json"):
            continue  # then it is an older or unfinished run
        for use in uses:
            with pytest.raises(VitreousError) as caught:
                use(run)
            assert caught.value.exit_status == 5, what
            assert "\n" not in str(caught.value), what


def test_a_change_that_is_meant_can_be_allowed(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    recipe = (run / "recipe.toml").read_text()
    (run / "recipe.toml").write_text(recipe + "\n# moved\n")
    with pytest.raises(RunError, match=r"recipe\.toml has changed") as caught:
        vt.Run(run).evaluate()
    assert "manifest.json" in caught.value.hint
    (run / "manifest.json").unlink()
    assert vt.Run(run).evaluate().metrics


def test_what_a_killed_process_left_is_removed(stopped, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    for name in (".tmp-model.safetensors-1", ".tmp-history.jsonl-1", ".report.html.1.tmp"):
        (run / name).write_text("half")
    (run / "checkpoints" / ".tmp-step-00000099-1").mkdir()
    vt.resume(run)
    assert not [path.name for path in run.rglob(".*")]


def test_files_of_a_run_can_be_read_by_whoever_may_read_the_others(finished):
    modes = {path.stat().st_mode & 0o777 for path in finished.iterdir() if path.is_file()}
    assert len(modes) == 1


def test_a_disk_that_is_full_at_the_end_is_said_in_one_line(tmp_path, monkeypatch):
    from vitreous.training import session

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session.integrity, "write", full)
        with pytest.raises(TrainingError, match="No space left on device") as caught:
            vt.train("toy200", out=tmp_path / "run", epochs=1, settings=QUICK)
    assert "resume" in caught.value.hint
    assert vt.resume(tmp_path / "run").status == "finished"


def test_environment_that_cannot_be_read(stopped, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(stopped, run)
    for text in ("{", "[]", "[" * 100_000):
        (run / "environment.json").write_text(text)
        with pytest.raises(RunError, match=r"environment\.json"):
            vt.resume(run)
    (run / "environment.json").write_text(json.dumps({"data fingerprint": "other"}))
    with pytest.raises(RunError, match="data have changed"):
        vt.resume(run)
