"""Windows against hand-made ones; the order of time; what is refused."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitreous.data.sources import series
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe


def daily(rows, **columns):
    start = dt.datetime(2024, 1, 1)
    frame = pl.DataFrame({"day": [start + dt.timedelta(days=i) for i in range(rows)]})
    values = columns or {"sales": np.arange(rows, dtype=float)}
    return frame.with_columns(**{name: pl.Series(v) for name, v in values.items()})


def recipe(**settings_):
    return DataRecipe(**{"time": "day", "target": "sales", "horizon": 3, "window": 5, **settings_})


def unscaled(data, targets):
    return targets * data.preprocessing.scales[0] + data.preprocessing.means[0]


def test_windows_are_those_cut_by_hand():
    data = series.load(daily(50), recipe(normalize=False), 0)
    assert data.input.shape == (5, 1 + 4)  # weekday and month vary, the hour does not
    assert len(data.train) == 35 - 8 + 1
    x, y = data.train.take([0, 7])
    np.testing.assert_array_equal(x[:, :, 0], [[0, 1, 2, 3, 4], [7, 8, 9, 10, 11]])
    np.testing.assert_array_equal(y, [[5, 6, 7], [12, 13, 14]])
    x, y = data.test.take([0])  # rows 40 to 49 are the test; the window may look back
    np.testing.assert_array_equal(x[0, :, 0], [35, 36, 37, 38, 39])
    np.testing.assert_array_equal(y, [[40, 41, 42]])
    assert data.test.raw([0]) == [
        {"start": "2024-02-05 00:00:00", "end": "2024-02-09 00:00:00", "last": 39.0}
    ]


def test_calendar_features_are_sine_and_cosine_of_the_weekday():
    data = series.load(daily(50), recipe(), 0)
    x, _ = data.train.take([0])
    weekday = 2 * np.pi * np.array([1, 2, 3, 4, 5]) / 7  # 1 January 2024 was a Monday
    np.testing.assert_allclose(x[0, :, 1], np.sin(weekday), atol=1e-6)
    np.testing.assert_allclose(x[0, :, 2], np.cos(weekday), atol=1e-6)


def test_scaling_is_fitted_on_training_rows_only():
    values = np.concatenate([np.random.default_rng(0).normal(5, 2, 70), np.full(30, 1e6)])
    data = series.load(daily(100, sales=values), recipe(), 0)
    assert data.preprocessing.means[0] == pytest.approx(values[:70].mean())
    assert data.preprocessing.scales[0] == pytest.approx(values[:70].std())
    _, y = data.train.take([3])
    np.testing.assert_allclose(unscaled(data, y)[0], values[8:11], rtol=1e-5)
    np.testing.assert_allclose(data.train.windows([3])[0], values[3:8], rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(30, 90),
    window=st.integers(1, 8),
    horizon=st.integers(1, 3),
    batch=st.integers(1, 40),
    processes=st.integers(1, 3),
    skip=st.integers(0, 3),
)
def test_every_window_once_and_no_target_in_two_splits(rows, window, horizon, batch, processes, skip):
    data = series.load(
        daily(rows), recipe(window=window, horizon=horizon, normalize=False, test=0.2, validation=0.15), 0
    )
    seen = [set(part.targets.flatten().tolist()) for part in (data.train, data.validation, data.test)]
    assert max(seen[0]) < min(seen[1]) and max(seen[1]) < min(seen[2])
    assert data.train.inputs[:, :, 0].max() < min(seen[1])
    parts = [
        [
            y[:, 0].tolist()
            for _, y in data.train.batches(BatchPlan(batch, 1, 2, rank=rank, processes=processes))
        ]
        for rank in range(processes)
    ]
    firsts = sorted(value for part in parts for values in part for value in values)
    assert firsts == [float(window + i) for i in range(len(data.train))]
    tail = [
        y[:, 0].tolist()
        for _, y in data.train.batches(BatchPlan(batch, 1, 2, skip=skip, processes=processes))
    ]
    assert tail == parts[0][skip:]


def test_gaps_disorder_and_doubles_are_noted():
    frame = daily(60).with_columns(
        sales=pl.Series([None if i in (3, 4) else float(i) for i in range(60)]), shop=pl.lit("a")
    )
    frame = pl.concat([frame[10:], frame[:10], frame[20:21]]).filter(pl.col("sales").ne_missing(33.0))
    data = series.load(frame, recipe(normalize=False), 0)
    notes = " | ".join(data.notes)
    for expected in ("not in order", "1 rows have the same", "1 gaps", "2 missing values", "left out: shop"):
        assert expected in notes
    np.testing.assert_array_equal(data.train.take([0])[0][0, :, 0], [0, 1, 2, 2, 2])


def test_predicts_from_the_last_rows_and_evaluates_on_all(tmp_path):
    data = series.load(daily(60), recipe(), 0)
    fitted = series.Preprocessing.from_json(json.loads(json.dumps(data.preprocessing.to_json())))
    assert fitted == data.preprocessing
    path = tmp_path / "new.csv"
    daily(20).write_csv(path)
    raw = fitted.read(path)
    last = fitted.inputs(raw)
    assert last.shape == (1, 5, 5)
    np.testing.assert_allclose(unscaled(data, last[0, :, 0]), [15, 16, 17, 18, 19], rtol=1e-5)
    x, y = fitted.windows(raw)
    assert x.shape == (13, 5, 5) and torch.equal(fitted.targets(raw), y)
    columns = fitted.decode(y[:1])
    assert list(columns) == ["step_1", "step_2", "step_3"]
    np.testing.assert_allclose([c[0] for c in columns.values()], [5, 6, 7], rtol=1e-5)
    assert fitted.targets(daily(6)) is None


def test_times_may_be_numbers_or_missing_altogether():
    frame = pl.DataFrame({"year": range(1900, 1960), "sales": np.arange(60.0)})
    assert series.load(frame, recipe(time="year"), 0).input.shape == (5, 1)
    assert series.load(frame.drop("year"), recipe(time=None, target=None), 0).train.raw([0])[0]["start"] == 1


@pytest.mark.parametrize(
    ("changes", "frame", "message"),
    [
        ({"target": "sale"}, daily(50), "Did you mean 'sales'"),
        ({"time": "dya"}, daily(50), "Did you mean 'day'"),
        ({}, daily(7), "7 rows leave 5 to train on"),
        ({"horizon": 8}, daily(50), "validation part has 5 of 50 rows"),
        (
            {"time": "sales", "target": "other"},
            daily(50, sales=["x"] * 50, other=[1.0] * 50),
            "Expected dates",
        ),
        ({"target": "day"}, daily(50), "cannot be forecast"),
        ({}, daily(50, sales=[float("inf")] * 50), "infinite"),
        ({}, daily(50, sales=["a"] * 50), "Expected a number, got 'a'"),
        ({"target": None}, daily(50, a=[1.0] * 50, b=[2.0] * 50), "Set data.target to one of: a, b"),
    ],
)
def test_bad_series_are_refused_in_one_line(tmp_path, changes, frame, message):
    path = tmp_path / "bad.parquet"
    frame.write_parquet(path)
    with pytest.raises(DataError) as caught:
        series.load(path, recipe(**changes), 0)
    text = str(caught.value)
    assert message in text and str(path) in text and "\n" not in text
