import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

RNG = np.random.default_rng(0)
X = RNG.normal(5, 3, (100, 6)).astype(np.float32)


@pytest.mark.parametrize(
    "y, kind, outputs",
    [
        (np.arange(100) % 2, "binary", 1),
        (np.arange(100) % 5, "multiclass", 5),
        (np.array(["a", "b", "c", "d"])[np.arange(100) % 4], "multiclass", 4),
        (RNG.random(100), "regression", 1),
        (RNG.random((100, 3)), "regression", 3),
        (RNG.integers(0, 2, (100, 4)), "multilabel", 4),
        (torch.arange(100) % 3, "multiclass", 3),
    ],
)
def test_the_task_follows_from_the_targets(y, kind, outputs):
    data = open_data((X, y), DataRecipe(), 0)
    assert (data.task.kind, data.task.outputs, data.input.kind) == (kind, outputs, "features")
    document = {"kind": "arrays", "values": data.preprocessing.to_json()}
    assert preprocessing_from_json(document) == data.preprocessing
    every = range(len(data.test))
    ours, theirs = data.preprocessing.targets((X, y)), data.test.take(every)[1]
    assert (ours.dtype, ours.shape[1:]) == (theirs.dtype, theirs.shape[1:])


def test_features_are_those_of_scikit_learn():
    data = open_data((X, np.arange(100) % 2), DataRecipe(), 0)
    train = np.array([list(row.values()) for row in data.train.raw(range(len(data.train)))])
    expected = StandardScaler().fit(train).transform(X)
    np.testing.assert_allclose(data.preprocessing.inputs(X).numpy(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "shape, dtype, expected",
    [
        ((40, 8, 9), np.uint8, (1, 8, 9)),
        ((40, 3, 8, 9), np.float32, (3, 8, 9)),
        ((40, 8, 9, 3), np.uint8, (3, 8, 9)),
    ],
)
def test_images(shape, dtype, expected):
    x = (RNG.random(shape) * 255).astype(dtype)
    data = open_data((x, np.arange(40) % 4), DataRecipe(), 0)
    assert (data.input.kind, data.input.shape) == ("image", expected)
    inputs, _ = data.train.take(range(len(data.train)))
    assert inputs.mean((0, 2, 3)).abs().max() < 1e-4
    assert (inputs.std((0, 2, 3)) - 1).abs().max() < 1e-2
    assert data.train.raw([0])[0].dtype == np.uint8
    assert data.train.raw([0])[0].shape == (8, 9, expected[0])
    assert any("moved" in note for note in data.notes) == (shape[-1] == 3)
    assert data.preprocessing.inputs(x).shape == (40, *expected)


def test_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    data = open_data(tmp_path / "x.npy", DataRecipe(), 0)
    assert data.task.kind == "reconstruction"
    assert torch.equal(*data.train.take([0, 1]))
    np.savez(tmp_path / "pair.npz", X=X, y=np.arange(100) % 3)
    assert open_data(tmp_path / "pair.npz", DataRecipe(), 0).task.outputs == 3
    np.savez(
        tmp_path / "split.npz",
        x_train=X[:70],
        y_train=np.arange(70) % 3,
        x_test=X[70:],
        y_test=np.arange(30) % 3,
    )
    data = open_data(str(tmp_path / "split.npz"), DataRecipe(), 0)
    assert (len(data.train), len(data.validation), len(data.test)) == (63, 7, 30)
    np.testing.assert_allclose(list(data.test.raw([0])[0].values()), X[70])


def test_bad_arrays_are_named(tmp_path):
    hole = X.copy()
    hole[3, 4] = np.nan
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "n.npz", first=X)
    (tmp_path / "cut.npy").write_bytes(b"\x93NUMPY\x01\x00")
    for source, words in [
        ((hole, np.arange(100)), "row 4, column 5: The value is missing"),
        ((X, np.arange(99)), r"Expected targets \[100\]"),
        (tmp_path / "o.npy", "Python objects"),
        (tmp_path / "n.npz", "No inputs among the arrays first"),
        (tmp_path / "cut.npy", r"cut\.npy"),
        ((np.zeros((4, 2, 2, 2, 2)), np.arange(4)), "shape"),
        ((X, np.zeros(100, dtype=int)), "same label|same target"),
    ]:
        with pytest.raises(DataError, match=words) as error:
            open_data(source, DataRecipe(), 0)
        assert "\n" not in str(error.value)
    data = open_data((X, np.arange(100) % 2), DataRecipe(), 0)
    with pytest.raises(DataError, match=r"shape \(6,\)"):
        data.preprocessing.inputs(X[:, :5])


def test_one_hot_targets_are_class_numbers():
    numbers = np.arange(60) % 3
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    one_hot = open_data((x, np.eye(3)[numbers]), DataRecipe(), 0)
    ids = open_data((x, numbers), DataRecipe(), 0)
    assert one_hot.task.kind == ids.task.kind == "multiclass"
    rows = range(len(ids.train))
    assert torch.equal(one_hot.train.take(rows)[1], ids.train.take(rows)[1])
    assert torch.equal(one_hot.preprocessing.targets((x, np.eye(3)[numbers])), torch.from_numpy(numbers))
