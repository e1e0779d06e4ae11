# ruff: noqa: E501 — a line a case reads best
"""Unusable data, networks and settings: the documented status, a line or two, no folder; the clean twin trains."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

QUICK = ["--epochs", "1", "--no-baselines", "--set", "train.checks=false", "--set", "train.threads=1"]
TABLE = ["--target", "y", "--model", "mlp"]


def rows(count=60, **columns):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {"a": rng.standard_normal(count), "b": rng.standard_normal(count), "y": ["up", "down"] * (count // 2)}
        | columns
    )


def text(path, content):
    path.write_text(content)


def pictures(folder, corrupt=0, classes=("cat", "dog"), each=12, size=16):
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(each):
            image = rng.integers(0, 255, (size, size, 3), dtype=np.uint8)
            Image.fromarray(image).save(folder / name / f"{number}.png")
    for place in sorted(folder.rglob("*.png"))[:corrupt]:
        place.write_bytes(place.read_bytes()[:40])


def slipping(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/1.png", b"x")
        archive.writestr("../../escaped.txt", b"x")


class Payload:
    def __reduce__(self):
        return (os.system, (f"touch {os.environ['VITREOUS_TEST_CANARY']}",))


# name: (what is made, arguments, documented statuses, a word of the message)
BAD = {
    "missing file": (lambda d: None, ["data.csv", *TABLE], 3, "data.csv"),
    "empty file": (lambda d: text(d / "data.csv", ""), ["data.csv", *TABLE], 3, "data.csv"),
    "header only": (lambda d: text(d / "data.csv", "a,b,y\n"), ["data.csv", *TABLE], 3, ""),
    "one row": (lambda d: text(d / "data.csv", "a,b,y\n1,2,x\n"), ["data.csv", *TABLE], 3, ""),
    "ragged": (lambda d: text(d / "data.csv", "a,b,y\n" + "1,2,x\n" * 20 + "1,2,3,4,x\n"), ["data.csv", *TABLE], 3, "22"),
    "UTF-16 without mark": (
        lambda d: (d / "data.csv").write_bytes(rows().write_csv().encode("utf-16-le")), ["data.csv", *TABLE], 3, "data.csv"
    ),
    "no target named so": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", "--target", "yy"], 3, "'y'"),
    "target all missing": (lambda d: rows(y=[None] * 60).write_csv(d / "data.csv"), ["data.csv", *TABLE], 3, "y"),
    "single class": (lambda d: rows(y=["up"] * 60).write_csv(d / "data.csv"), ["data.csv", *TABLE], 3, "y"),
    "infinite cell": (lambda d: rows(a=[np.inf] + [1.0] * 59).write_csv(d / "data.csv"), ["data.csv", *TABLE], 3, "a"),
    "same name twice": (lambda d: text(d / "data.csv", "a,a,y\n" + "1,2,x\n2,1,z\n" * 20), ["data.csv", *TABLE], 3, "a"),
    "bytes called csv": (lambda d: (d / "data.csv").write_bytes(os.urandom(5000)), ["data.csv", *TABLE], 3, "data.csv"),
    "folder called csv": (lambda d: (d / "data.csv").mkdir(), ["data.csv", *TABLE], 3, "data.csv"),
    "cut parquet": (
        lambda d: (rows().write_parquet(d / "p"), (d / "data.parquet").write_bytes((d / "p").read_bytes()[:300])),
        ["data.parquet", *TABLE], 3, "data.parquet",
    ),
    "objects in npz": (
        lambda d: np.savez(d / "data.npz", x=np.array([Payload()] * 20, dtype=object), y=np.arange(20)), ["data.npz"], 3, "npz"
    ),
    "npz without y": (lambda d: np.savez(d / "data.npz", x=np.zeros((20, 3))), ["data.npz", "--task", "multiclass"], (0, 2, 3), ""),
    "npz of two lengths": (lambda d: np.savez(d / "data.npz", x=np.ones((20, 3)), y=np.arange(19)), ["data.npz"], 3, "19"),
    "half of the images corrupt": (lambda d: pictures(d / "data", 12), ["data"], 3, "png"),
    "a class without images": (lambda d: (pictures(d / "data"), (d / "data" / "emu").mkdir()), ["data"], (0, 3), ""),
    "a folder without images": (lambda d: ((d / "data").mkdir(), text(d / "data" / "notes.md", "x")), ["data"], 3, "data"),
    "an archive that slips out": (lambda d: slipping(d / "data.zip"), ["data.zip"], 3, "data.zip"),
    "an archive that is none": (lambda d: (d / "data.zip").write_bytes(b"PK\3\4" + os.urandom(400)), ["data.zip"], 3, "zip"),
    "empty text": (lambda d: text(d / "data.txt", ""), ["data.txt"], 3, "data.txt"),
    "short text": (lambda d: text(d / "data.txt", "to be"), ["data.txt"], 3, "data.txt"),
    "binary text": (lambda d: (d / "data.txt").write_bytes(bytes(range(256)) * 40), ["data.txt"], 3, "data.txt"),
    "dates that are none": (
        lambda d: rows(t=["soon"] * 60, y=list(range(60))).write_csv(d / "data.csv"),
        ["data.csv", "--target", "y", "--time", "t", "--horizon", "2"], 3, "t",
    ),
    "a series too short": (
        lambda d: pl.DataFrame({"t": [1, 2, 3], "y": [1.0, 2.0, 3.0]}).write_csv(d / "data.csv"),
        ["data.csv", "--target", "y", "--time", "t", "--horizon", "5"], 3, "",
    ),
    "unknown model": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", "--target", "y", "--model", "mpl"], 4, "mlp"),
    "no model file": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", "--target", "y", "--model", "n.py:N"], 4, "n.py"),
    "model file that raises": (
        lambda d: (rows().write_csv(d / "data.csv"), text(d / "n.py", "x = 1\ny = x / 0\n")),
        ["data.csv", "--target", "y", "--model", "n.py:N"], 4, "line 2",
    ),
    "model that is none": (
        lambda d: (rows().write_csv(d / "data.csv"), text(d / "n.py", "def N():\n    return 3\n")),
        ["data.csv", "--target", "y", "--model", "n.py:N"], 4, "nn.Module",
    ),
    "model of a wrong shape": (
        lambda d: (rows().write_csv(d / "data.csv"), text(d / "n.py", "import torch\ndef N():\n    return torch.nn.Linear(2, 7)\n")),
        ["data.csv", "--target", "y", "--model", "n.py:N"], 4, "7",
    ),
    "setting misspelt": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--set", "train.epoch=3"], 2, "epochs"),
    "setting impossible": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--set", "train.batch_size=-1"], 2, "batch_size"),
    "option impossible": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--set", "model.hidden=wide"], (2, 4), "hidden"),
    "no such device": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--device", "abacus"], 2, "abacus"),
    "no CUDA": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--device", "cuda:7"], 2, "cuda:7"),
    "held out too much": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE, "--set", "data.test=59"], (2, 3), ""),
    "weights of another shape": (
        lambda d: (rows().write_csv(d / "data.csv"), save_file({"0.weight": torch.zeros(3, 3)}, d / "w.safetensors")),
        ["data.csv", *TABLE, "--init", "w.safetensors"], 4, "w.safetensors",
    ),
    "weights that are a program": (
        lambda d: (rows().write_csv(d / "data.csv"), (d / "w.pt").write_bytes(pickle.dumps(Payload()))),
        ["data.csv", *TABLE, "--init", "w.pt"], 4, "w.pt",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def canary(tmp_path, monkeypatch):
    path = tmp_path / "canary"
    monkeypatch.setenv("VITREOUS_TEST_CANARY", str(path))
    yield
    assert not path.exists(), "code from a data file was run"


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_two_lines(name, commands, tmp_path):
    make, arguments, statuses, word = BAD[name]
    folder = tmp_path / "d"
    folder.mkdir()
    make(folder)
    outcome = commands.run("train", *arguments, *QUICK, "--out", "run", cwd=folder, report=False)
    assert outcome.status in (statuses if isinstance(statuses, tuple) else (statuses,)), outcome
    assert "Traceback" not in outcome.err, outcome.err
    if outcome.status:
        said = outcome.err.strip().splitlines()
        assert 1 <= len(said) <= 2 and said[0].startswith("error: ") and word in outcome.err, outcome.err
        assert not (folder / "run").exists()
    assert not (tmp_path / "escaped.txt").exists() and not (tmp_path.parent / "escaped.txt").exists()


CLEAN = {
    "csv": (lambda d: rows().write_csv(d / "data.csv"), ["data.csv", *TABLE]),
    "parquet": (lambda d: rows().write_parquet(d / "data.parquet"), ["data.parquet", *TABLE]),
    "class with one example": (lambda d: rows(y=["up", "down"] * 29 + ["up", "odd"]).write_csv(d / "data.csv"), ["data.csv", *TABLE]),
    "nan and missing cells": (lambda d: rows(a=[None, np.nan] + [1.0, 2.0] * 29).write_csv(d / "data.csv"), ["data.csv", *TABLE]),
    "a word among numbers": (lambda d: rows(a=["oops"] + ["1.5", "2"] * 29 + ["3"]).write_csv(d / "data.csv"), ["data.csv", *TABLE]),
    "huge cell": (lambda d: rows(c=["x" * 500_000] + ["x"] * 59).write_csv(d / "data.csv"), ["data.csv", *TABLE]),
    "latin-1": (
        lambda d: (d / "data.csv").write_bytes(rows(c=["é", "ü"] * 30).write_csv().encode("latin-1")), ["data.csv", *TABLE]
    ),
    "npz": (lambda d: np.savez(d / "data.npz", x=np.random.default_rng(0).random((40, 3)), y=np.arange(40) % 2), ["data.npz"]),
    "one corrupt image of many": (
        lambda d: pictures(d / "data", 1, size=8), ["data", "--set", "data.corrupt_threshold=0.1", "--model", "cnn"]
    ),
    "text": (lambda d: text(d / "data.txt", "to be or not to be, that is the question. " * 60), ["data.txt", "--set", "data.length=16"]),
    "same time twice": (
        lambda d: pl.DataFrame({"t": [k // 2 for k in range(120)], "y": np.sin(np.arange(120))}).write_csv(d / "data.csv"),
        ["data.csv", "--target", "y", "--time", "t", "--horizon", "2"],
    ),
    "series": (
        lambda d: pl.DataFrame({"t": list(range(120)), "y": np.sin(np.arange(120))}).write_csv(d / "data.csv"),
        ["data.csv", "--target", "y", "--time", "t", "--horizon", "2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_the_clean_twin_trains(name, commands, tmp_path):
    make, arguments = CLEAN[name]
    make(tmp_path)
    outcome = commands.run("train", *arguments, *QUICK, "--out", "run", cwd=tmp_path, report=False)
    if name == "same time twice":
        assert outcome.status in (0, 3) and "Traceback" not in outcome.err
        return
    assert outcome.status == 0, outcome.err
    assert (tmp_path / "run" / "result.json").is_file()


@pytest.fixture(scope="module")
def trained(commands, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    rows().write_csv(folder / "data.csv")
    assert (
        commands.run("train", "data.csv", *TABLE, *QUICK, "--out", "run", cwd=folder, report=False).status
        == 0
    )
    return folder / "run"


@pytest.mark.parametrize(
    ("command", "content", "status", "word"),
    [
        ("predict", "a,c\n1,2\n", 3, "'b'"),
        ("predict", "", 3, "new.csv"),
        ("predict", "a,b\n1,2,3\n4\n", 3, "new.csv"),
        ("evaluate", "a,b,y\n1,2,sideways\n", 3, "sideways"),
        ("evaluate", "a,b\n1,2\n", 3, "y"),
        ("evaluate", None, 3, "new.csv"),
    ],
)
def test_predict_and_evaluate_refuse_in_two_lines(
    command, content, status, word, commands, trained, tmp_path
):
    if content is not None:
        (tmp_path / "new.csv").write_text(content)
    extra = ["--out", "out.csv"] if command == "predict" else []
    outcome = commands.run(command, trained, "new.csv", *extra, cwd=tmp_path)
    assert outcome.status == status, outcome.err
    assert word in outcome.err and len(outcome.err.strip().splitlines()) <= 2
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_predictions_are_written_whole_or_not_at_all(ending, commands, trained, tmp_path):
    rows().write_csv(tmp_path / "new.csv")
    (tmp_path / f"out.{ending}").mkdir()  # cannot be replaced by a file
    outcome = commands.run("predict", trained, "new.csv", "--out", f"out.{ending}", cwd=tmp_path)
    assert outcome.status in (2, 5) and "Traceback" not in outcome.err, outcome.err
    (tmp_path / f"out.{ending}").rmdir()
    assert not list(tmp_path.glob(".tmp*")) and not list(tmp_path.glob("*.tmp"))
    assert commands.run("predict", trained, "new.csv", "--out", f"out.{ending}", cwd=tmp_path).status == 0
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "json": pl.read_json}[ending]
    assert read(tmp_path / f"out.{ending}").height == 60


def test_a_class_that_is_a_formula_is_text_in_the_output(commands, tmp_path):
    rows(y=["=1+1", "@SUM(A1)"] * 30).write_csv(tmp_path / "data.csv")
    assert (
        commands.run("train", "data.csv", *TABLE, *QUICK, "--out", "run", cwd=tmp_path, report=False).status
        == 0
    )
    outcome = commands.run("predict", "run", "data.csv", cwd=tmp_path)
    table = pl.read_csv(io.StringIO(outcome.out))
    assert set(table["prediction"].to_list()) <= {"'=1+1", "'@SUM(A1)"}
    assert not [name for name in table.columns if name[0] in "=+-@"]


def test_a_folder_that_cannot_be_written(commands, tmp_path):
    rows().write_csv(tmp_path / "data.csv")
    outcome = commands.run("train", "data.csv", *TABLE, *QUICK, "--out", "/proc/nowhere/run", cwd=tmp_path)
    assert outcome.status == 5 and len(outcome.err.strip().splitlines()) <= 2
    assert Path("/proc").is_dir()
