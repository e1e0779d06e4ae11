"""``vitreous look``: a network of one's own, a run, and bad input without a traceback."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import vitreous as vt
from vitreous.cli.app import app
from vitreous.errors import DataError, ModelError, UsageError, VitreousError

MODEL = """
import torch
from torch import nn

class MyNet(nn.Module):
    def __init__(self, in_features=6):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_features, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        return self.layers(x)
"""


def run(*arguments):
    result = CliRunner().invoke(app, ["look", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_model.py").write_text(MODEL)
    np.save("x.npy", np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32))
    np.save("y.npy", np.array([0, 1, 2, 1]))
    return tmp_path


def test_a_network_of_ones_own_with_an_input(files):
    text = run("my_model.py:MyNet", "--input", "x.npy", "--label", "y.npy", "--json", "t.json")
    assert "100.0% of them by hand" in text
    assert "6·8 + 8 = 56" in text
    document = json.loads((files / "t.json").read_text())
    assert document["differentiated"] == "cross-entropy"
    assert document["explained"] == 1


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["my_model.py:MyNet"], UsageError, "no input"),
        (["my_model.py:Other", "--input", "x.npy"], ModelError, "Other"),
        (["nowhere.py:MyNet", "--input", "x.npy"], ModelError, "no such file"),
        (["my_model.py:MyNet", "--input", "none.npy"], DataError, "no such file"),
        (["my_model.py:MyNet", "--input", "my_model.py"], DataError, "expected an array saved by np.save"),
        (["my_model.py:MyNet", "--input", "x.npy", "--loss", "mze"], UsageError, "there is no loss"),
        (["nowhere"], VitreousError, "no such folder"),
    ],
    ids=["no input", "no class", "no file", "no array", "not an array", "no loss", "no run"],
)
def test_bad_input_is_said(files, arguments, error, said):
    with pytest.raises(error, match=said):
        run(*arguments)


def test_an_array_of_pickles_is_not_opened(files):
    np.save("evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="expected an array saved"):
        run("my_model.py:MyNet", "--input", "evil.npy")


def test_a_run_shows_one_of_its_test_examples(tmp_path):
    settings = {"train.baselines": False, "train.checks": False, "train.threads": 1, "model.hidden": [16]}
    vt.train("digits", model="mlp", epochs=1, out=tmp_path / "run", settings=settings)
    text = run(tmp_path / "run", "--sample", "7", "--json", tmp_path / "t.json")
    assert "Example 7 of the run's test data" in text
    assert json.loads((tmp_path / "t.json").read_text())["explained"] == 1
    with pytest.raises(DataError, match="there is no example 99999"):
        run(tmp_path / "run", "--sample", "99999")
