"""The columns of a table as numbers: fitted on training rows, saved as JSON, applied to any rows.

A number is standardized, its gaps filled with the median and marked in a column of their own; a category
becomes one column a level; a date becomes the numbers in it. Each kind of column is a frozen value with
``names`` (of the features it gives) and ``encode``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MOST_LEVELS = 30  # of a category; with more, the rarest become "other"
OTHER, MISSING = "other", "missing"
DATE_PARTS = ("year", "month", "day", "weekday", "hour")


@dataclass(frozen=True)
class Number:
    """A number, or a yes/no as 0/1: ``(value - mean) / scale``.

    Attributes:
        name: Of the column.
        mean: Subtracted.
        scale: Divided by (the standard deviation over N, as in scikit-learn's StandardScaler).
        fill: Stands in for a missing value.
        indicator: Whether a further feature says that the value was missing.
    """

    name: str
    mean: float
    scale: float
    fill: float
    indicator: bool
    kind: ClassVar[str] = "number"

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        return [self.name, f"{self.name} is missing"] if self.indicator else [self.name]

    def encode(self, series: pl.Series, out: NDArray[np.float32]) -> None:
        """Writes the features of [N] values into out [N, features]; raises DataError naming a row."""
        numbers = to_numbers(series, strict=True)
        refuse_infinite(numbers)
        values = numbers.fill_null(self.fill).to_numpy()
        out[:, 0] = (values - self.mean) / self.scale
        if self.indicator:
            out[:, 1] = numbers.is_null().to_numpy()


@dataclass(frozen=True)
class Category:
    """One feature a level; a value that is none of them is "other" where there is one, else all zeros.

    Attributes:
        name: Of the column.
        levels: What is told apart, sorted.
        missing: Whether there is a level for missing values.
        other: Whether there is a level for all that is rare.
    """

    name: str
    levels: tuple[str, ...]
    missing: bool
    other: bool
    kind: ClassVar[str] = "category"

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        extra = [OTHER] * self.other + [MISSING] * self.missing
        return [f"{self.name} = {level}" for level in (*self.levels, *extra)]

    def encode(self, series: pl.Series, out: NDArray[np.float32]) -> None:
        """Writes the features of [N] values into out [N, features]."""
        import polars as pl

        texts = to_texts(series)
        rest = len(self.levels) if self.other else -1
        codes = texts.replace_strict(
            list(self.levels), list(range(len(self.levels))), default=rest, return_dtype=pl.Int32
        )
        lost = len(self.levels) + self.other if self.missing else rest
        numbers = pl.select(pl.when(texts.is_null()).then(lost).otherwise(codes)).to_series().to_numpy()
        out[:] = 0
        known = np.flatnonzero(numbers >= 0)
        out[known, numbers[known]] = 1


@dataclass(frozen=True)
class Date:
    """The parts of a date that differ between training rows, each a number."""

    name: str
    parts: tuple[Number, ...]
    kind: ClassVar[str] = "date"

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        return [f"{self.name} {name}" for part in self.parts for name in part.names]

    def encode(self, series: pl.Series, out: NDArray[np.float32]) -> None:
        """Writes the features of [N] dates into out [N, features]."""
        at = 0
        for part in self.parts:
            width = len(part.names)
            part.encode(date_part(series, part.name), out[:, at : at + width])
            at += width


Column: TypeAlias = Number | Category | Date


def feature_names(columns: tuple[Column, ...]) -> list[str]:
    """Names of all features, in their order."""
    return [name for column in columns for name in column.names]


def encode_frame(columns: tuple[Column, ...], frame: pl.DataFrame) -> NDArray[np.float32]:
    """All features of a frame's rows, float32 [N, F].

    Raises:
        DataError: naming the row and column that is no finite number.
    """
    out = np.empty((frame.height, len(feature_names(columns))), dtype=np.float32)
    at = 0
    for column in columns:
        width = len(column.names)
        column.encode(frame[column.name], out[:, at : at + width])
        at += width
    return out


def fit_column(series: pl.Series, *, normalize: bool) -> tuple[Column | None, str]:
    """What a column of training rows becomes, and one line that says so; None where it is dropped."""
    import polars as pl

    name, present = series.name, series.drop_nulls()
    if (distinct := present.n_unique()) <= (0 if present.len() < series.len() else 1):
        return None, f"{name}: dropped, {'empty' if present.is_empty() else 'constant'}"
    if series.dtype.is_temporal() and series.dtype not in (pl.Duration, pl.Time):
        return fit_date(series, normalize=normalize)
    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object):
        return None, f"{name}: dropped, values of the type {series.dtype} cannot be used"
    if is_numeric(series):
        if _numbers_the_rows(present, distinct):
            return None, f"{name}: dropped, it only numbers the rows"
        number = fit_number(series, normalize=normalize)
        gaps = series.len() - present.len()
        return number, f"{name}: {_kind(series)}{f', {gaps} missing filled with the median' if gaps else ''}"
    if distinct > 2 * MOST_LEVELS and 2 * distinct > present.len():
        differ = "all values differ" if distinct == present.len() else f"{distinct} different values"
        return None, f"{name}: dropped, {differ}{_nearly_numbers(present)}"
    if distinct == series.len() > 10:
        return None, f"{name}: dropped, all values differ{_nearly_numbers(present)}"
    category = fit_category(series)
    return category, f"{name}: category, {distinct} values{', the rarest as other' if category.other else ''}"


def fit_number(series: pl.Series, *, normalize: bool) -> Number:
    """Mean, deviation and median of a column's present values (gaps count as the median)."""
    numbers = to_numbers(series, strict=False)
    refuse_infinite(numbers)
    fill = float(numbers.median() or 0.0)  # type: ignore[arg-type]
    filled = numbers.fill_null(fill).to_numpy()
    mean, scale = (float(filled.mean()), float(filled.std())) if normalize else (0.0, 1.0)
    # A column that never varies but for rounding would be blown up to noise.
    scale = scale if scale > 1e-12 * max(1.0, abs(mean)) else 1.0
    return Number(series.name, mean, scale, fill, numbers.null_count() > 0)


def fit_category(series: pl.Series) -> Category:
    """The levels of a column: all up to 30, else the 29 most frequent (ties by name)."""
    texts = to_texts(series)
    counts = sorted(texts.drop_nulls().value_counts().rows(), key=lambda row: (-row[1], row[0]))
    other = len(counts) > MOST_LEVELS
    kept = counts[: MOST_LEVELS - 1] if other else counts
    return Category(series.name, tuple(sorted(level for level, _ in kept)), texts.null_count() > 0, other)


def fit_date(series: pl.Series, *, normalize: bool) -> tuple[Date | None, str]:
    """The parts of a date that vary."""
    parts = []
    for name in DATE_PARTS:
        values = date_part(series, name)
        if values.drop_nulls().n_unique() > 1:
            parts.append(fit_number(values, normalize=normalize))
    if not parts:
        return None, f"{series.name}: dropped, constant"
    return Date(series.name, tuple(parts)), f"{series.name}: date → {', '.join(part.name for part in parts)}"


def date_part(series: pl.Series, part: str) -> pl.Series:
    """One part of dates (or of texts that are dates) as Float64, named after the part."""
    import polars as pl

    if series.dtype == pl.String:
        try:
            series = series.str.to_datetime(strict=True)
        except pl.exceptions.PolarsError:
            raise DataError("Expected dates such as 2024-12-31.", where=f"column {series.name!r}") from None
    if not series.dtype.is_temporal():
        raise DataError(f"Expected dates, got {series.dtype}.", where=f"column {series.name!r}")
    if part == "hour" and series.dtype == pl.Date:
        return pl.Series(part, [0.0] * series.len())
    values: pl.Series = getattr(series.dt, part)()
    return values.cast(pl.Float64).alias(part)


def is_numeric(series: pl.Series) -> bool:
    """Numbers, yes/no, durations, and texts such as "1,234" or "12%" throughout."""
    import polars as pl

    if series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Duration):
        return True
    if series.dtype != pl.String:
        return False
    head = series.drop_nulls().head(100)
    return _parse(head).null_count() == 0 and _parse(series).null_count() == series.null_count()


def to_numbers(series: pl.Series, *, strict: bool) -> pl.Series:
    """Float64, with NaN as missing; with strict, DataError naming the first value that is no number."""
    import polars as pl

    if series.dtype == pl.Duration:
        return series.dt.total_seconds().cast(pl.Float64)
    numbers = _parse(series) if series.dtype == pl.String else series.cast(pl.Float64, strict=False)
    if strict and numbers.null_count() > series.null_count():
        row = int((numbers.is_null() & series.is_not_null()).arg_max() or 0)
        raise DataError(f"Expected a number, got {series[row]!r}.", where=place(row, series.name))
    return numbers.fill_nan(None)


def to_texts(series: pl.Series) -> pl.Series:
    """Labels as text: 1.0 is "1", yes/no is "true" and "false", surrounding blanks are cut."""
    import polars as pl

    if series.dtype.is_float():
        whole = series.drop_nulls().drop_nans()
        series = series.fill_nan(None)
        if (whole == whole.round()).all() and bool((whole.abs() < 2**53).all()):
            series = series.cast(pl.Int64)
    texts = series.cast(pl.String)
    return texts.str.strip_chars() if series.dtype == pl.String else texts


def refuse_infinite(numbers: pl.Series) -> None:
    """Raises DataError naming the first infinite value."""
    if numbers.is_infinite().any():
        row = int(numbers.is_infinite().fill_null(False).arg_max() or 0)
        raise DataError("The value is infinite.", where=place(row, numbers.name), hint="Replace or drop it.")


def place(row: int, column: str) -> str:
    """How a cell is called in messages; rows are counted from 1, the header left out."""
    return f"row {row + 1}, column {column!r}"


def columns_to_json(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """The columns as JSON values."""
    return [{"kind": column.kind, **asdict(column)} for column in columns]


def columns_from_json(values: list[dict[str, Any]]) -> tuple[Column, ...]:
    """The inverse of ``columns_to_json``; raises RunError on what it never wrote."""
    makers: dict[str, Callable[..., Column]] = {
        "number": Number,
        "category": lambda **v: Category(**{**v, "levels": tuple(v["levels"])}),
        "date": lambda **v: Date(v["name"], tuple(Number(**part) for part in v["parts"])),
    }
    try:
        return tuple(makers[v["kind"]](**{key: v[key] for key in v if key != "kind"}) for v in values)
    except (KeyError, TypeError) as error:
        raise RunError(f"The saved preprocessing is damaged: {error}.") from None


def _parse(texts: pl.Series) -> pl.Series:
    import polars as pl

    plain = texts.str.strip_chars().str.replace_all(r"(\d),(\d{3})", "${1}${2}").str.strip_suffix("%")
    return plain.cast(pl.Float64, strict=False)


def _numbers_the_rows(present: pl.Series, distinct: int) -> bool:
    """Whether integers only tell the rows apart: all differ, and the column is called so."""
    if not present.dtype.is_integer() or distinct < present.len() or distinct < 10:
        return False
    return present.name.lower().endswith("id") or present.name.lower() in ("index", "row", "unnamed: 0")


def _nearly_numbers(present: pl.Series) -> str:
    """Says which few values keep a column from being one of numbers."""
    import polars as pl

    if present.dtype != pl.String:
        return ""
    wrong = present.filter(_parse(present).is_null())
    if 10 * wrong.len() > present.len():
        return ""
    return f" ({wrong.len()} of {present.len()} are no numbers, such as {wrong[0]!r})"


def _kind(series: pl.Series) -> str:
    import polars as pl

    return {pl.Boolean: "yes/no", pl.String: "number written as text"}.get(type(series.dtype), "number")
