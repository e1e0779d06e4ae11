"""``vitreous look``: a network of one's own, a run, and bad input without a traceback."""

import json
import re

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
    np.save("y7.npy", np.array([0, 1, 7, 1]))
    np.save("y3.npy", np.array([0, 1, 2]))
    np.save("whole.npy", np.arange(24).reshape(4, 6))
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
        (
            ["my_model.py:MyNet", "--input", "my_model.py"],
            DataError,
            "expected an array of numbers saved by np.save",
        ),
        (["my_model.py", "--input", "x.npy"], UsageError, "expected the network in that file too"),
        (["my_model.py:MyNet", "--input", "x.npy", "--label", "y7.npy"], ModelError, "Target 7"),
        (
            ["my_model.py:MyNet", "--input", "x.npy", "--label", "y3.npy"],
            UsageError,
            "4 outputs and 3 targets",
        ),
        (["my_model.py:MyNet", "--input", "whole.npy"], ModelError, "same dtype"),
        (
            ["my_model.py:MyNet", "--input", "x.npy", "--through-training", "--html", "p.html"],
            UsageError,
            "a run",
        ),
        (["runs/none", "--label", "y.npy"], UsageError, "belongs to --input"),
        (["my_model.py:MyNet", "--input", "x.npy", "--loss", "mze"], UsageError, "there is no loss"),
        (["nowhere"], VitreousError, "no such folder"),
    ],
)
def test_bad_input_is_said(files, arguments, error, said):
    with pytest.raises(error, match=said):
        run(*arguments)


def test_an_array_of_pickles_is_not_opened(files):
    np.save("evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="expected an array of numbers saved"):
        run("my_model.py:MyNet", "--input", "evil.npy")


def test_a_run_shows_one_of_its_test_examples(tmp_path):
    settings = {"train.baselines": False, "train.checks": False, "train.threads": 1, "model.hidden": [16]}
    vt.train("digits", model="mlp", epochs=1, out=tmp_path / "run", settings=settings)
    text = run(tmp_path / "run", "--sample", "7", "--json", tmp_path / "t.json")
    assert "Example 7 of the run's test data" in text
    assert json.loads((tmp_path / "t.json").read_text())["explained"] == 1
    with pytest.raises(DataError, match="there is no example 99999"):
        run(tmp_path / "run", "--sample", "99999")


NETWORKS = """
import torch
from dataclasses import dataclass
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)


class Raises(Base):
    def forward(self, x):
        return self.head(x).view(7, 7)


class Exits(Base):
    def forward(self, x):
        raise SystemExit(3)


class Lazy(nn.Sequential):
    def __init__(self):
        super().__init__(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(3))


class Meta(nn.Sequential):
    def __init__(self):
        with torch.device("meta"):
            super().__init__(nn.Linear(6, 3))


class Twice(Base):
    def forward(self, x):
        return self.head(self.inner(torch.relu(self.inner(x))))


class InPlace(Base):
    def forward(self, x):
        x = self.inner(x)
        x.add_(1)
        x[:, 0].mul_(2)
        return self.head(x.relu_())


class Named(Base):
    def forward(self, x):
        return {"extra": [x], "logits": self.head(x)}


class Several(Base):
    def forward(self, x):
        return self.head(x), x.mean()


@dataclass
class Output:
    hidden: torch.Tensor
    logits: torch.Tensor


class Data(Base):
    def forward(self, x):
        return Output(x, self.head(x))


class NotANumber(Base):
    def forward(self, x):
        return torch.log(self.head(x) - 100)


class WholeNumbers(Base):
    def forward(self, x):
        return self.head(x).argmax(1)


class Words(Base):
    def forward(self, x):
        return "hello"


class NoWeights(nn.Module):
    def forward(self, x):
        return x * 2


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(3_000_000, 2)
        self.head = nn.Linear(2, 3)

    def forward(self, x):
        return self.head(self.table(x.abs().long()).mean(1))
"""
WORKING = [
    "Lazy", "Twice", "InPlace", "Named", "Several", "Data", "NotANumber", "WholeNumbers", "Words", "NoWeights",
]  # fmt: skip


@pytest.fixture
def strange(files):
    (files / "strange.py").write_text(NETWORKS)
    return files


@pytest.mark.parametrize("name", WORKING)
@pytest.mark.parametrize("labelled", [False, True])
def test_strange_networks_have_a_page(strange, name, labelled):
    if labelled and name in ("WholeNumbers", "Words", "NoWeights"):
        pytest.skip("nothing that a loss could take")
    label = ["--label", "y.npy"] if labelled else []
    text = run(f"strange.py:{name}", "--input", "x.npy", *label, "--html", "page.html", "--json", "t.json")
    assert "written: page.html" in text
    page = (strange / "page.html").read_text(encoding="utf-8")
    assert "could not be made" not in page
    if name == "NotANumber":
        assert "NaN or infinity came from step" in page
        assert "log" in text
    if name == "Twice":
        assert "in all, over 2 paths" in page
    json.loads((strange / "t.json").read_text())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Raises", r"shape '\[7, 7\]' is invalid.*strange.py:\d+: return self.head\(x\).view\(7, 7\)"),
        ("Exits", "SystemExit: 3"),
        ("Meta", "shapes but no numbers"),
    ],
)
def test_networks_that_cannot_run_are_explained(strange, name, said):
    with pytest.raises(ModelError) as caught:
        run(f"strange.py:{name}", "--input", "x.npy", "--html", "page.html")
    assert re.search(said, str(caught.value), re.DOTALL)
    assert not (strange / "page.html").exists()


def test_large_weights_are_sampled_and_it_is_said(strange):
    run("strange.py:Wide", "--input", "x.npy", "--label", "y.npy", "--html", "page.html")
    page = (strange / "page.html").read_text(encoding="utf-8")
    assert len(page) < 3_000_000
    assert "evenly picked" in page
    assert re.search(r"[1-9]\d* of \d+ tensors sampled", page)


def batch(array, name="b.npy"):
    np.save(name, array)
    return ["--input", name]


@pytest.mark.parametrize(
    ("array", "error", "said"),
    [
        (np.zeros((4, 7), "f4"), ModelError, r"The first layer expects \[\*, 6\]"),
        (np.zeros((0, 6), "f4"), UsageError, "at least one example"),
        (np.arange(24).reshape(4, 6), ModelError, "x .4, 6. int64"),
        (np.array("text"), DataError, "one array of numbers"),
        (np.float32(1), ModelError, "expects"),
    ],
    ids=["width", "empty", "whole numbers", "text", "one number"],
)
def test_inputs_that_do_not_fit_are_explained(strange, array, error, said):
    with pytest.raises(error, match=said):
        run("strange.py:Twice", *batch(array), "--html", "page.html")


@pytest.mark.parametrize(
    ("labels", "said"),
    [(np.array([0, 1, 2, 9]), "Target 9 is out of bounds"), (np.array([0, 1, 2]), "4 outputs and 3 targets")],
    ids=["no such class", "too few"],
)
def test_labels_that_do_not_fit_are_explained(files, labels, said):
    np.save("l.npy", labels)
    with pytest.raises(VitreousError, match=said):
        run("my_model.py:MyNet", "--input", "x.npy", "--label", "l.npy")


def test_a_batch_of_nan_has_a_page_too(files):
    text = run("my_model.py:MyNet", *batch(np.full((4, 6), np.nan, "f4")), "--html", "page.html")
    assert "written" in text


@pytest.mark.parametrize("option", ["--html", "--json"])
@pytest.mark.parametrize("place", ["nowhere/page", "."])
def test_places_that_cannot_be_written_are_said(files, option, place):
    with pytest.raises(VitreousError, match=r"could not be written|it is a folder"):
        run("my_model.py:MyNet", "--input", "x.npy", option, place)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--views", "boundry"], "Did you mean 'boundary'"),
        (["--plane", "1,99"], "no input '99'"),
        (["--through-training"], "expected a run"),
        (["--export", "f.gif"], "belongs to --through-training"),
    ],
)
def test_options_that_do_not_fit_are_said(files, arguments, said):
    html = ["--html", "page.html"]
    with pytest.raises(VitreousError, match=said):
        run("my_model.py:MyNet", "--input", "x.npy", *html, *arguments)


def test_only_the_views_named_are_on_the_page(files):
    run(
        "my_model.py:MyNet",
        "--input",
        "x.npy",
        "--label",
        "y.npy",
        "--html",
        "p.html",
        "--views",
        "neurons,confusion",
    )
    page = (files / "p.html").read_text(encoding="utf-8")
    assert re.findall(r'id="view-(\w+)"', page) == ["neurons", "confusion"]


def test_a_run_is_looked_at_with_a_batch_of_ones_own(tmp_path, digit_run):
    np.save(tmp_path / "x.npy", np.zeros((2, 1, 8, 8), "f4"))
    run(digit_run.folder, "--input", tmp_path / "x.npy", "--html", tmp_path / "p.html")
    assert "from the batch that was given" in (tmp_path / "p.html").read_text(encoding="utf-8")
    with pytest.raises(ModelError, match="expects"):
        np.save(tmp_path / "x.npy", np.zeros((2, 5), "f4"))
        run(digit_run.folder, "--input", tmp_path / "x.npy")
