import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from vitreous.data.columns import Category, Number
from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.data.sources.table import Preprocessing
from vitreous.data.targets import Target
from vitreous.errors import DataError, RunError, VitreousError
from vitreous.training.recipe import DataRecipe


def make(n=200):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "age": [None if i % 7 == 0 else float(i % 50) for i in range(n)],
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
            "ok": rng.random(n) > 0.5,
            "when": pl.date_range(
                pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=n - 1), eager=True
            ),
            "price": [f"1,{i:03d}" for i in range(n)],
            "constant": [1] * n,
            "name": [f"person {i}" for i in range(n)],
            "label": rng.choice(["low", "mid", "high"], n),
        }
    )


def write(tmp_path, text, name="t.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def one_line(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def test_numbers_are_those_of_scikit_learn():
    iris = load_iris(as_frame=True)
    frame = iris.frame
    data = open_data(frame, DataRecipe(target="target"), 42)
    rows = pl.DataFrame(data.train.raw(range(len(data.train))))
    scaler = StandardScaler().fit(rows.drop("target").to_numpy())
    for part in (data.train, data.validation, data.test):
        every = range(len(part))
        expected = scaler.transform(pl.DataFrame(part.raw(every)).drop("target").to_numpy())
        np.testing.assert_allclose(part.take(every)[0].numpy(), expected, rtol=1e-5, atol=1e-6)
    assert data.class_counts == (35, 35, 35)
    assert len(data.test) == 30


def test_categories_are_those_of_scikit_learn():
    data = open_data(make().select("city", "label"), DataRecipe(), 0)
    rows = pl.DataFrame(data.test.raw(range(len(data.test))))
    expected = (
        OneHotEncoder(sparse_output=False)
        .fit(make().select("city").to_numpy())
        .transform(rows.select("city").to_numpy())
    )
    np.testing.assert_array_equal(data.test.take(range(len(data.test)))[0].numpy(), expected)


def test_notes_say_what_each_column_became():
    data = open_data(make(), DataRecipe(), 0)
    notes = "\n".join(data.notes)
    assert "target: the column 'label', by its name" in notes
    assert "city: category, 3 values" in notes
    assert "ok: yes/no" in notes
    assert "when: date → year" not in notes or "weekday" in notes
    assert "price: number written as text" in notes
    assert "constant: dropped, constant" in notes
    assert "name: dropped, all values differ" in notes
    assert "missing filled with the median" in notes
    assert "age is missing" in data.preprocessing.feature_names


def test_all_that_is_fitted_comes_from_training_rows():
    frame = pl.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 1e6, 1e6, 1e6], "y": list(range(10))})
    data = open_data(
        frame, DataRecipe(split="ordered", test=3, validation=0, target="y", task="regression"), 0
    )
    (column,) = data.preprocessing.columns
    assert column.mean == 4.0
    assert data.preprocessing.target.means == (3.0,)


def test_regression_is_decoded_to_the_persons_units():
    frame = pl.DataFrame({"x": np.arange(50.0), "euro": np.arange(50.0) * 1000 + 7.5})
    data = open_data(frame, DataRecipe(target="euro"), 0)
    every = range(len(data.test))
    _, targets = data.test.take(every)
    decoded = data.preprocessing.decode(targets)["predicted_euro"]
    np.testing.assert_allclose(decoded, [row["euro"] for row in data.test.raw(every)], rtol=1e-5)


@pytest.mark.parametrize(
    "values, asked, kind, outputs",
    [
        (["a", "b"] * 50, "auto", "binary", 1),
        (["a", "b"] * 50, "multiclass", "multiclass", 2),
        ([True, False] * 50, "auto", "binary", 1),
        ([1, 2, 3, 4] * 25, "auto", "multiclass", 4),
        ([1, 2, 3, 4] * 25, "regression", "regression", 1),
        ([i * 0.5 for i in range(100)], "auto", "regression", 1),
        (list(range(100)), "auto", "regression", 1),
    ],
)
def test_the_task_is_inferred_or_asked_for(values, asked, kind, outputs):
    frame = pl.DataFrame({"x": np.random.default_rng(0).random(100), "y": values})
    task = open_data(frame, DataRecipe(task=asked), 0).task
    assert (task.kind, task.outputs) == (kind, outputs)


def test_several_targets():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.random(60), "a": rng.integers(0, 2, 60), "b": rng.integers(0, 2, 60)})
    assert open_data(frame, DataRecipe(target=["a", "b"]), 0).task.kind == "multilabel"
    data = open_data(frame.with_columns(b=pl.col("x") * 3), DataRecipe(target="a, b"), 0)
    assert (data.task.kind, data.task.outputs) == ("regression", 2)
    assert set(data.preprocessing.decode(torch.zeros(2, 2))) == {"predicted_a", "predicted_b"}


def test_csv_pandas_and_polars_give_the_same_tensors(tmp_path):
    frame = make()
    frame.write_csv(tmp_path / "t.csv")
    frame.write_csv(tmp_path / "t.tsv", separator="\t")
    frame.write_parquet(tmp_path / "t.parquet")
    sources = [
        frame,
        frame.to_pandas(),
        frame.to_dict(as_series=False),
        *(tmp_path / f"t.{s}" for s in ("csv", "tsv", "parquet")),
    ]
    tensors = [open_data(source, DataRecipe(), 0).train.take(range(100))[0] for source in sources]
    for other in tensors[1:]:
        torch.testing.assert_close(other, tensors[0], rtol=0, atol=0)


def test_dialects(tmp_path):
    semicolons = write(
        tmp_path, "x;y;z\n" + "".join(f"{i};{i * 2},5;{'ab'[i % 2]}\n" for i in range(20)), "s.csv"
    )
    assert open_data(semicolons, DataRecipe(target="z"), 0).task.classes == ("a", "b")
    latin = write(tmp_path, "x,y\n" + "".join(f"{i},{'äö'[i % 2]}\n" for i in range(20)), "l.csv", "latin-1")
    data = open_data(latin, DataRecipe(), 0)
    assert data.task.classes == ("ä", "ö")
    assert any("Latin-1" in note for note in data.notes)
    bom = write(tmp_path, "\ufeffx,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20)), "b.csv")
    assert open_data(bom, DataRecipe(), 0).task.kind == "binary"
    bare = write(tmp_path, "".join(f'{i % 3},"text, {i * 7 % 5}"\n' for i in range(60)), "n.csv")
    data = open_data(bare, DataRecipe(target="column_1"), 0)
    assert data.task.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    "text, recipe, words",
    [
        ("", {}, ["empty"]),
        ("a,b\n", {}, ["no rows"]),
        ("a,y\n1,2\n3\n4,5\n", {}, ["line 3", "Expected 2 fields", "found 1"]),
        ("a,y\n1,2\n3,4,5\n4,5\n", {}, ["line 3", "found 3"]),
        ("a,a\n1,2\n", {}, ["'a'", "line 1"]),
        ("age,y\n1,2\n1,3\n", {"target": "ages"}, ["'ages'", "Did you mean 'age'?", "age, y"]),
        ("age,size\n1,2\n1,3\n", {}, ["age, size", "--target"]),
        ("a,y\n1,2\ninf,3\n3,4\n", {}, ["row 2", "'a'", "infinite"]),
        ("a,y\n1,2\n", {}, ["same target"]),
        ("a,y\n1,k\n2,k\n3,k\n", {}, ["same label", "'k'"]),
        ("a,y\n1,k\n2,l\n", {}, ["too few"]),
        ("a,y\n1,\n2,\n", {}, ["No row has a target"]),
        ("y\nk\nl\nk\nl\nk\nl\n", {}, ["No column is left"]),
        ("a,y\n" + "".join(f"{i},c{i}\n" for i in range(50)), {}, ["50 different labels"]),
        ("a,y\n" + "1,k\n2,l\n" * 5, {"ignore": ["b"]}, ["data.ignore", "'b'"]),
        ("a,y\n1,k\n2,l\n3,l\n", {"task": "forecast"}, ["data.task"]),
        ("a,y\n" + "1,k\n2,l\n" * 5, {"task": "regression"}, ["'y'", "must be a number"]),
        ("a\0b,y\n1,k\n", {}, ["zero bytes"]),
    ],
)
def test_bad_tables_are_one_line_that_names_the_place(tmp_path, text, recipe, words):
    with pytest.raises(DataError) as error:
        open_data(write(tmp_path, text), DataRecipe(**recipe), 0)
    message = one_line(error)
    assert [word for word in words if word not in message] == [], message


def test_a_damaged_parquet_file_is_named(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(DataError, match=r"t\.parquet"):
        open_data(path, DataRecipe(), 0)


def test_what_cannot_be_found(tmp_path):
    write(tmp_path, "x", "house.csv")
    for source, words in [
        (str(tmp_path / "hous.csv"), ["no such file", "house.csv"]),
        ("irsi", ["'irsi'", "'iris'"]),
        (str(tmp_path / "nowhere" / "t.csv"), ["does not exist either"]),
        (write(tmp_path, "x", "t.xyz"), ["'.xyz'", ".parquet"]),
        (42, ["int"]),
        ("", ["No data"]),
    ]:
        with pytest.raises(DataError) as error:
            open_data(source, DataRecipe(), 0)
        assert [word for word in words if word not in one_line(error)] == []


def test_a_class_that_training_never_sees_is_found_before_training():
    frame = pl.DataFrame({"x": range(30), "y": ["a", "b"] * 14 + ["c", "c"]})
    with pytest.raises(DataError, match="'c' is in no training row"):
        open_data(frame, DataRecipe(split="ordered"), 0)
    assert open_data(frame.head(29), DataRecipe(), 0).notes[-2:]
    assert any("single example" in note for note in open_data(frame.head(29), DataRecipe(), 0).notes)


def test_leaks_are_noted():
    frame = pl.DataFrame(
        {
            "x": [i % 5 for i in range(100)],
            "copy": [i % 2 for i in range(100)],
            "y": [i % 2 for i in range(100)],
        }
    )
    notes = open_data(frame, DataRecipe(), 0).notes
    assert any("copy: equals the target" in note for note in notes)
    assert any("30 rows held out have the same inputs" in note for note in notes)


def test_rows_without_target_are_left_out():
    frame = pl.DataFrame({"x": np.arange(20.0), "y": [None, math.nan, *[float(i) for i in range(18)]]})
    data = open_data(frame, DataRecipe(), 0)
    assert "2 rows without a target left out" in data.notes
    assert len(data.train) + len(data.validation) + len(data.test) == 18


def test_prediction_takes_what_a_person_has(tmp_path):
    data = open_data(make(), DataRecipe(), 0)
    pre = data.preprocessing
    rows = data.test.raw([0, 1, 2])
    expected, targets = data.test.take([0, 1, 2])
    torch.testing.assert_close(pre.inputs(rows), expected)
    frame = pl.DataFrame(rows)
    torch.testing.assert_close(pre.inputs(frame.to_pandas()), expected)
    frame.drop("label").write_csv(tmp_path / "new.csv")
    torch.testing.assert_close(pre.inputs(pre.read(tmp_path / "new.csv")), expected)
    assert torch.equal(pre.targets(frame), targets)
    assert pre.targets(frame.drop("label")) is None
    with pytest.raises(DataError, match="'city' is missing"):
        pre.inputs(frame.drop("city"))
    with pytest.raises(DataError, match="'huge' was never seen"):
        pre.targets(frame.with_columns(label=pl.lit("huge")))
    with pytest.raises(DataError, match=r"row 1, column 'age': Expected a number, got 'old'"):
        pre.inputs(frame.with_columns(age=pl.lit("old")))
    unseen = pre.inputs(frame.with_columns(city=pl.lit("Atlantis")))
    names = [i for i, name in enumerate(pre.feature_names) if name.startswith("city")]
    assert unseen[:, names].sum() == 0


def test_many_levels_become_other():
    frame = pl.DataFrame(
        {"c": [f"c{min(i % 50, i % 37)}" for i in range(1000)], "y": [i % 2 for i in range(1000)]}
    )
    data = open_data(frame, DataRecipe(), 0)
    assert data.input.shape == (30,)
    assert (data.train.take(range(100))[0].sum(1) == 1).all()


finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(min_size=1, max_size=8)
numbers = st.builds(Number, names, finite, finite, finite, st.booleans())
categories = st.builds(
    Category, names, st.lists(names, max_size=4, unique=True).map(tuple), st.booleans(), st.booleans()
)
targets = st.builds(
    Target,
    st.sampled_from(["binary", "multiclass", "multilabel", "regression"]),
    st.lists(names, min_size=1, max_size=3).map(tuple),
    st.lists(names, max_size=3).map(tuple),
    st.lists(finite, max_size=2).map(tuple),
    st.lists(finite, max_size=2).map(tuple),
)


@settings(max_examples=100, deadline=None)
@given(columns=st.lists(numbers | categories, max_size=4).map(tuple), target=targets)
def test_preprocessing_survives_json(columns, target):
    import json

    before = Preprocessing(columns, target)
    document = json.loads(json.dumps({"kind": "table", "values": before.to_json()}))
    assert preprocessing_from_json(document) == before


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "os"},
        {"kind": "../x"},
        {"kind": 3},
        {"kind": "table"},
        {"kind": "table", "values": {"columns": 3}},
    ],
)
def test_a_saved_preprocessing_never_imports_anything_else(document):
    with pytest.raises(RunError):
        preprocessing_from_json(document)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_data_or_a_data_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "t.csv"
    path.write_bytes(data)
    try:
        open_data(path, DataRecipe(target="column_1"), 0)
    except VitreousError as error:
        assert str(error)


def test_pandas_with_odd_columns():
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b"] * 20), 3: range(40), "y": [0, 1] * 20})
    assert open_data(frame, DataRecipe(), 0).input.shape == (3,)


def test_the_value_that_spoils_a_column_of_numbers_is_named():
    frame = pl.DataFrame({"a": ["12", "oops", *map(str, range(100, 198))], "b": range(100), "y": [0, 1] * 50})
    assert any(
        "1 of 70 are no numbers, such as 'oops'" in note
        for note in open_data(frame, DataRecipe(split="ordered"), 0).notes
    )
