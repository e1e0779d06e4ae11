import numpy as np
import polars as pl
import psutil
import pytest
import torch

from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.data.sources import stream, table
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

SMALL = {"memory_gib": 1e-6}


def make(n=20_000):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "x": rng.normal(3, 2, n),
            "gaps": [None if i % 11 == 0 else float(i % 100) for i in range(n)],
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
            "row": np.arange(n) * 1.0,
            "label": rng.choice(["no", "yes"], n),
        }
    )


@pytest.fixture(params=["parquet", "csv"])
def path(request, tmp_path, monkeypatch):
    monkeypatch.setattr("vitreous.data.blocks.CSV_BLOCK_BYTES", 1 << 16)
    path = tmp_path / f"t.{request.param}"
    make().write_parquet(path, row_group_size=1500) if request.param == "parquet" else make().write_csv(path)
    return path


def test_only_large_tables_are_streamed(path):
    assert stream.recognizes(path, DataRecipe(**SMALL))
    assert not table.recognizes(path, DataRecipe(**SMALL))
    assert not stream.recognizes(path, DataRecipe())
    assert table.recognizes(path, DataRecipe())


def test_the_splits_hold_every_row_once(path):
    data = open_data(path, DataRecipe(**SMALL), 0)
    parts = [data.train, data.validation, data.test]
    rows = [row["row"] for part in parts for row in part.raw(range(len(part)))]
    assert sorted(rows) == list(range(20_000))
    assert abs(len(data.test) - 4000) < 200
    assert sum(data.class_counts) == len(data.train)


def test_what_is_fitted_is_that_of_polars(path):
    data = open_data(path, DataRecipe(**SMALL), 0)
    train = pl.DataFrame(data.train.raw(range(len(data.train))))
    columns = {column.name: column for column in data.preprocessing.columns}
    assert columns["x"].mean == pytest.approx(train["x"].mean(), rel=1e-9)
    assert columns["x"].scale == pytest.approx(train["x"].std(ddof=0), rel=1e-9)
    assert columns["gaps"].indicator
    assert columns["city"].levels == ("Bonn", "Oslo", "Rome")
    document = {"kind": "table", "values": data.preprocessing.to_json()}
    assert preprocessing_from_json(document) == data.preprocessing
    for inputs, targets in data.train.batches(BatchPlan(512, 0)):
        assert inputs.dtype == torch.float32
        assert set(targets.tolist()) <= {0.0, 1.0}


def test_a_resumed_epoch_goes_on_exactly(path):
    train = open_data(path, DataRecipe(**SMALL), 0).train
    whole = list(train.batches(BatchPlan(100, 3)))
    tail = list(open_data(path, DataRecipe(**SMALL), 0).train.batches(BatchPlan(100, 3, skip=57)))
    assert len(tail) == len(whole) - 57
    assert all(torch.equal(a[0], b[0]) for a, b in zip(tail, whole[57:], strict=True))


def test_ordered_holds_the_last_rows_out(path):
    data = open_data(path, DataRecipe(split="ordered", **SMALL), 0)
    assert min(r["row"] for r in data.test.raw(range(len(data.test)))) == 16_000
    assert len(data.validation) == 2000


def test_lines_within_quotes_are_no_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("vitreous.data.blocks.CSV_BLOCK_BYTES", 64)
    path = tmp_path / "t.csv"
    rows = "".join(f'{i},"a\nb ""{i % 3}""",{i % 2}\n' for i in range(200))
    path.write_text("n,text,y\n" + rows)
    data = open_data(path, DataRecipe(memory_gib=1e-9), 0)
    assert len(data.train) + len(data.validation) + len(data.test) == 200


@pytest.mark.parametrize("bad, word", [("oops", "'oops'"), ("inf", "infinite")])
def test_a_bad_value_far_down_is_named(tmp_path, monkeypatch, bad, word):
    monkeypatch.setattr("vitreous.data.blocks.CSV_BLOCK_BYTES", 1 << 10)
    path = tmp_path / "t.csv"
    lines = [f"{i * 0.5},{i % 2}" for i in range(3000)]
    lines[1250] = f"{bad},1"
    path.write_text("x,y\n" + "\n".join(lines))
    with pytest.raises(DataError) as error:
        open_data(path, DataRecipe(memory_gib=1e-9), 0)
    assert "t.csv" in str(error.value)
    assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_memory_stays_flat(tmp_path):
    path, rng, n = tmp_path / "t.parquet", np.random.default_rng(0), 500_000
    frame = pl.DataFrame({f"x{k}": rng.random(n, dtype=np.float32) for k in range(10)})
    frame.with_columns(y=pl.Series(rng.integers(0, 2, n))).write_parquet(path, row_group_size=20_000)
    train = open_data(path, DataRecipe(memory_gib=0.001), 0).train
    peaks = []
    for epoch in range(3):
        peak = 0
        for number, _ in enumerate(train.batches(BatchPlan(256, 0, epoch=epoch))):
            if number % 50 == 0:
                peak = max(peak, psutil.Process().memory_info().rss)
        peaks.append(peak)
    assert max(peaks[1:]) - peaks[0] < 40 << 20
