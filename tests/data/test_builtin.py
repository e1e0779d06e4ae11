import subprocess
import sys

import polars as pl
import pytest
import torch
from sklearn.datasets import load_iris

from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.data.sources import builtin
from vitreous.training.recipe import DataRecipe


@pytest.mark.parametrize("name", builtin.NAMES)
def test_every_set_loads(name):
    data = open_data(name, DataRecipe(), 0)
    inputs, targets = data.train.take(range(4))
    assert inputs.shape == (4, *data.input.shape)
    assert torch.isfinite(inputs).all()
    assert len(targets) == 4
    document = {"kind": data.preprocessing.kind, "values": data.preprocessing.to_json()}
    assert preprocessing_from_json(document) == data.preprocessing
    assert data.fingerprint == open_data(name, DataRecipe(), 1).fingerprint


def test_iris_keeps_its_names():
    data = open_data("iris", DataRecipe(), 0)
    assert data.preprocessing.feature_names == load_iris().feature_names
    assert data.task.classes == ("setosa", "versicolor", "virginica")


def test_tiny_sets_are_not_split():
    data = open_data("loan", DataRecipe(), 0)
    assert (len(data.train), data.validation, len(data.test)) == (4, None, 4)
    assert any("too few to be split" in note for note in data.notes)
    assert [row["approve"] for row in data.train.raw(range(4))] == ["no", "yes", "no", "yes"]


def test_toy200_is_what_it_says():
    data = open_data("toy200", DataRecipe(test=40, validation=0), 0)
    rows = pl.DataFrame(data.train.raw(range(160)) + data.test.raw(range(40)))
    assert (rows["y"] == (rows["x0"] + rows["x1"] > 0).cast(pl.Int64)).all()


def test_recognizing_a_source_imports_no_data_library():
    code = (
        "import sys; from vitreous.data.sources import builtin, idx, arrays, table, stream;"
        "from types import SimpleNamespace as S; r = S(text=None, tags=None, horizon=None, memory_gib=2);"
        "[m.recognizes('iris', r) for m in (builtin, idx, arrays, table, stream)];"
        "assert not {'polars', 'sklearn', 'pyarrow', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
