"""``vitreous look RUN --through-training``: frames from snapshots, one page, pictures that play or stand in rows."""

import io
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

import vitreous as vt
from vitreous.cli.app import app
from vitreous.errors import RunError, UsageError
from vitreous.looking.film import export, page
from vitreous.looking.film.frames import Frame, frames_of
from vitreous.looking.view import Shown
from vitreous.report.blocks import Paragraph
from vitreous.training import snapshots

SETTINGS = {"train.baselines": False, "train.checks": False, "train.threads": 1, "model.hidden": [8]}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("film") / "run"
    return vt.train(
        "iris", model="mlp", epochs=20, out=out, settings=SETTINGS | {"train.keep_checkpoints": 6}
    )


@pytest.fixture(scope="module")
def frames(run):
    return frames_of(run, plane="2,3")


def command(*arguments):
    result = CliRunner().invoke(app, ["look", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_frame_is_what_the_network_was_at_that_step(run, frames):
    kept = snapshots.kept(run.folder)
    assert [frame.step for frame in frames] == list(kept)
    inputs, targets = run.test_examples().take(range(30))
    for frame in frames:
        snapshots.load_into(run.model, kept[frame.step])
        with torch.no_grad():
            logits = run.model(inputs)
        assert frame.loss == pytest.approx(
            float(torch.nn.functional.cross_entropy(logits, targets)), rel=1e-5
        )
        assert frame.accuracy == pytest.approx(float((logits.argmax(1) == targets).float().mean()))
        assert frame.epoch == frame.step // (run.history[0]["step"])
    snapshots.load_into(run.model, run.folder / "model.safetensors")
    assert frames[-1].loss < frames[0].loss


def test_boundaries_bend_over_one_plane(frames):
    found = [next(v for v in f.views if v.name == "boundary").numbers for f in frames]
    for one in found[1:]:
        np.testing.assert_array_equal(one["x"], found[0]["x"])
    assert (found[0]["decided"] != found[-1]["decided"]).any()


def test_projections_lie_as_the_next_one_does(frames):
    flats = [next(v for v in f.views if v.name == "representations").numbers["components"] for f in frames]
    for one, other in pairwise(flats):
        s = np.linalg.svd(one.T @ other, compute_uv=False)
        assert np.trace(one.T @ other) == pytest.approx(s.sum(), rel=1e-6)  # no other turn brings them nearer


def test_every_frame_shows_the_same_units(frames):
    shown = [next(v for v in f.views if v.name == "top_examples").numbers["units"] for f in frames]
    assert all(units == shown[-1] for units in shown)


def test_few_frames_are_evenly_picked(run):
    found = frames_of(run, most=3, only=["neurons"])
    kept = list(snapshots.kept(run.folder))
    assert (found[0].step, found[-1].step, len(found)) == (kept[0], kept[-1], 3)
    assert [v.name for v in found[0].views] == ["neurons"]


def test_the_command_says_the_moments_and_writes_page_and_pictures(run, tmp_path):
    text = command(
        run.folder, "--through-training", "--html", tmp_path / "f.html", "--export", tmp_path / "f.gif", "--views",
        "boundary", "--frames", "4",
    )  # fmt: skip
    assert len(re.findall(r"^step ", text, re.MULTILINE)) == 4
    page_text = (tmp_path / "f.html").read_text(encoding="utf-8")
    assert page_text.count('class="frame"') == 8  # the loss and the boundary
    gif = Image.open(tmp_path / "f.gif")
    assert gif.n_frames == 4
    first = np.asarray(gif.convert("RGB")).astype(int)
    gif.seek(3)
    assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - first).mean() > 1


def test_pictures_side_by_side(frames, tmp_path):
    svg = export.export(frames, tmp_path / "f.svg", "boundary").read_text(encoding="utf-8")
    assert svg.count("<svg") == 1 + 2 * len(frames)
    assert "var(--" not in svg
    assert frames[2].title in svg
    png = Image.open(export.export(frames, tmp_path / "f.png", "neurons"))
    assert png.size == (int(4 * export.WIDTH * export.SCALE), png.size[1])
    assert len(np.unique(np.asarray(png.convert("L")))) > 10


def test_images_are_in_the_pictures(tmp_path):
    """Filters forming: of a network over pixels every frame has its tiles."""
    out = tmp_path / "run"
    found = vt.train(
        "digits", model="mlp", epochs=1, out=out, settings=SETTINGS | {"train.keep_checkpoints": 3}
    )
    made = frames_of(found, only=["filters"])
    svg = export._text(export._sheet(export._frames(made, "filters")))
    assert svg.count("<image") == 8 * len(made)
    drawn = np.asarray(Image.open(io.BytesIO(export._png(svg))).convert("RGB")).astype(int)
    blue = (drawn[..., 2] - drawn[..., 0] > 60).mean()
    orange = (drawn[..., 0] - drawn[..., 2] > 60).mean()
    assert blue > 0.01
    assert orange > 0.01


def test_hostile_names_stay_text_in_page_and_picture():
    word = "</svg><script>alert(1)</script>"
    shown = Shown("x", word, word, [Paragraph(word)])
    made = [Frame(n, n, 1.0 / (n + 1), None, (shown,)) for n in range(2)]
    text = page.render(made, word)
    assert text.count("<script") == 2
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ([], UsageError, "expected a file to write"),
        (["--export", "f.mp4"], UsageError, "ends in .gif, .png, .svg"),
        (["--html", "f.html", "--frames", "0"], UsageError, "at least 1 frame"),
        (["--html", "f.html", "--views", "filter"], UsageError, "Did you mean 'filters'"),
        (["--export", "f.gif", "--views", "calibration,neurons", "--sample", "999"], vt.DataError, "no example 999"),
        (["--html", "f.html", "--plane", "petal"], UsageError, "expected two inputs"),
        (["--export", "f.png", "--views", "dead_units"], UsageError, "nothing to draw in the view 'dead_units'"),
    ],
    ids=["no file", "film format", "no frames", "no view", "no example", "one input", "only a table"],
)  # fmt: skip
def test_bad_input_is_said(run, tmp_path, monkeypatch, arguments, error, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        command(run.folder, "--through-training", *arguments)


def test_a_run_without_snapshots_says_how_to_keep_them(tmp_path):
    found = vt.train("iris", model="mlp", epochs=1, out=tmp_path / "run", settings=SETTINGS)
    with pytest.raises(RunError, match=r"train\.keep_checkpoints"):
        command(found.folder, "--through-training", "--html", tmp_path / "f.html")
    with pytest.raises(UsageError, match="belongs to --through-training"):
        command(found.folder, "--export", tmp_path / "f.gif")
