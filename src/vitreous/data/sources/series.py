"""A table whose rows follow each other in time, from which the next values are forecast."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from vitreous.data.columns import is_numeric, place, refuse_infinite, to_numbers
from vitreous.data.examples import TensorExamples
from vitreous.data.frames import is_table, read_frame
from vitreous.data.split import split_indices
from vitreous.data.types import Data, InputSpec, Task
from vitreous.errors import DataError, RunError, did_you_mean

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from vitreous.training.recipe import DataRecipe

SHORTEST_AUTO_WINDOW = 24
PERIODS = {"hour": 24.0, "weekday": 7.0, "month": 12.0}


def recognizes(source: Any, recipe: DataRecipe) -> bool:
    """Whether it is a table and the recipe asks for a forecast."""
    return recipe.horizon is not None and is_table(source)


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads a series and cuts it into windows of the past and the values that follow.

    Raises:
        DataError: naming the file and the column or row that cannot be used, or the numbers of rows
            there are and are needed.
    """
    where = str(source) if isinstance(source, str | Path) else "the table"
    try:
        return _load(source, recipe)
    except DataError as error:
        if error.where is not None and where in error.where:
            raise
        inside = f"{where}, {error.where}" if error.where else where
        raise DataError(error.message, where=inside, hint=error.hint) from None


def _load(source: Any, recipe: DataRecipe) -> Data:
    asked = recipe.target if isinstance(recipe.target, str) else next(iter(recipe.target or []), None)
    frame, notes = read_frame(source, header=recipe.header, expected=[asked or "", recipe.time or ""])
    time = recipe.time or _only_date(frame, notes)
    target = asked or _only_number(frame, time, recipe)
    frame, times = in_order(frame, time, notes)
    others = _other_numbers(frame, target, time, recipe, notes)
    # A split of a series is by time always: the future must not be seen.
    parts = split_indices(frame.height, recipe.model_copy(update={"split": "ordered"}), 0)
    sizes = [len(part) for part in parts]
    horizon = recipe.horizon or 1
    fitted = Preprocessing(
        target, time, others, calendar_parts(times), _window(recipe, sizes), horizon, means=[], scales=[]
    )
    gaps = fitted.fit(frame[: sizes[0]], normalize=recipe.normalize) + _gaps(
        frame[sizes[0] :], fitted.numbers
    )
    if gaps:
        notes.append(f"{gaps} missing values filled with the last one before them")
    values = torch.from_numpy(fitted.features(frame, times))
    splits: list[SeriesExamples | None] = []
    for end, size in zip(np.cumsum(sizes).tolist(), sizes, strict=True):
        splits.append(SeriesExamples(values, (end - size, end), fitted, times) if size else None)
    assert splits[0] is not None
    notes.append(f"{frame.height} rows; {fitted.window} of the past to forecast {horizon} of {target!r}")
    return Data(
        name=Path(source).stem if isinstance(source, str | Path) else "series",
        task=Task("forecast", horizon, (), target),
        input=InputSpec("sequence", (fitted.window, values.shape[1])),
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        preprocessing=fitted,
        notes=notes,
        fingerprint=hashlib.sha256(frame.select(fitted.numbers).write_csv().encode()).hexdigest(),
    )


@dataclass
class Preprocessing:
    """Rows in time to standardized features, and forecasts back to the target's unit.

    Attributes:
        target: Column that is forecast; its own past is the first feature.
        time: Column that orders the rows; None where they are in order as they come.
        others: Further numeric columns.
        calendar: Of "hour", "weekday", "month": each gives a sine and a cosine.
        window: Rows of the past that are seen.
        horizon: Rows ahead that are forecast.
        means: Of target and others, over training rows.
        scales: Their standard deviations.
    """

    kind: ClassVar[str] = "series"

    target: str
    time: str | None
    others: list[str]
    calendar: list[str]
    window: int
    horizon: int
    means: list[float]
    scales: list[float]

    @property
    def numbers(self) -> list[str]:
        """The numeric columns: the target, then the others."""
        return [self.target, *self.others]

    def fit(self, frame: pl.DataFrame, *, normalize: bool) -> int:
        """Learns means and scales from training rows; returns how many values are missing there."""
        self.means, self.scales = [], []
        for name in self.numbers:
            values = to_numbers(frame[name], strict=True)
            refuse_infinite(values)
            present = values.drop_nulls().to_numpy()
            if not len(present):
                raise DataError("All of its training rows are empty.", where=f"column {name!r}")
            scale = float(present.std())
            varies = scale > 1e-12 * max(1.0, abs(float(present.mean())))
            self.means.append(float(present.mean()) if normalize else 0.0)
            self.scales.append(scale if normalize and varies else 1.0)
        return _gaps(frame, self.numbers)

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        if set(values) != {field.name for field in fields(cls)}:
            raise RunError("The saved preprocessing of a series has other fields than expected.")
        return cls(**values)

    def read(self, path: Path) -> pl.DataFrame:
        """A table."""
        return read_frame(path, expected=self.numbers)[0]

    def inputs(self, raw: Any) -> Tensor:
        """The last window of a table: one example, float [1, W, F], whose future is to be forecast."""
        return torch.from_numpy(self._series(raw, self.window)[-self.window :])[None]

    def targets(self, raw: Any) -> Tensor | None:
        """What follows every window of a table, [N, H]; None where nothing follows."""
        if len(self._series(raw, self.window)) < self.window + self.horizon:
            return None
        return self.windows(raw)[1]

    def windows(self, raw: Any) -> tuple[Tensor, Tensor]:
        """Every window of a table and what follows it, [N, W, F] and [N, H], to evaluate on."""
        values = torch.from_numpy(self._series(raw, self.window + self.horizon))
        return cut_windows(values, 0, len(values), self.window, self.horizon)

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Outputs [B, H] to a column for each step ahead, in the target's unit."""
        values = outputs.detach().cpu().double() * self.scales[0] + self.means[0]
        return {f"step_{step}": column.tolist() for step, column in enumerate(values.T, 1)}

    def features(self, frame: pl.DataFrame, times: pl.Series | None) -> NDArray[np.float32]:
        """Rows in order to float32 [R, F]: target, others, then sine and cosine of each calendar part."""
        columns = []
        for name, mean, scale in zip(self.numbers, self.means, self.scales, strict=True):
            values = to_numbers(frame[name], strict=True)
            refuse_infinite(values)
            # Only the past may fill a gap; before the first value there is none, so the training mean does.
            columns.append((values.forward_fill().fill_null(mean).to_numpy() - mean) / scale)
        for part in self.calendar:
            if times is None or not times.dtype.is_temporal():
                raise DataError("Expected dates, as in training.", where=f"column {self.time!r}")
            angle = 2 * np.pi * getattr(times.dt, part)().to_numpy() / PERIODS[part]
            columns += [np.sin(angle), np.cos(angle)]
        return np.stack(columns, axis=1).astype(np.float32)

    def _series(self, raw: Any, needed: int) -> NDArray[np.float32]:
        """A table, or a plain list of target values, to features [R, F], R at least ``needed``."""
        if not is_table(raw):
            raw = {self.target: list(raw)}
        frame, _ = read_frame(raw, expected=self.numbers)
        for name in self.numbers:
            if name not in frame.columns:
                raise DataError(f"There is no column {name!r}.", hint=did_you_mean(name, frame.columns))
        if frame.height < needed:
            raise DataError(f"{frame.height} rows are too few; {needed} are needed.")
        frame, times = in_order(frame, self.time, [])
        return self.features(frame, times)


class SeriesExamples(TensorExamples):
    """Windows of the past, float [N, W, F], and the values that follow, [N, H]: views, no copies.

    Args:
        values: All rows' features, [R, F].
        bound: Targets lie within these rows; a window may reach back before them, never ahead.
        preprocessing: Has the window's length and the target's unit.
        times: Of all rows, for people.
    """

    def __init__(
        self, values: Tensor, bound: tuple[int, int], preprocessing: Preprocessing, times: pl.Series | None
    ) -> None:
        self.first = max(0, bound[0] - preprocessing.window)  # the row where example 0 begins
        inputs, targets = cut_windows(
            values, self.first, bound[1], preprocessing.window, preprocessing.horizon
        )
        super().__init__(inputs, targets)
        self._values, self._bound, self._fitted, self._times = values, bound, preprocessing, times

    def to(self, device: torch.device) -> SeriesExamples:
        """The same examples, resident on a device."""
        return SeriesExamples(self._values.to(device), self._bound, self._fitted, self._times)

    def windows(self, indices: Sequence[int]) -> Tensor:
        """The target's past as the examples see it, in its own unit, [n, W] (for naive forecasts)."""
        past = self.inputs[torch.as_tensor(indices, device=self.inputs.device).long(), :, 0]
        return past * self._fitted.scales[0] + self._fitted.means[0]

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """When each window begins and ends (a time, else a row from 1) and its last value."""
        rows = []
        for index, past in zip(indices, self.windows(indices), strict=True):
            start = self.first + int(index)
            end = start + self._fitted.window - 1
            at = [row + 1 if self._times is None else str(self._times[row]) for row in (start, end)]
            rows.append({"start": at[0], "end": at[1], "last": float(past[-1])})
        return rows


def cut_windows(values: Tensor, first: int, stop: int, window: int, horizon: int) -> tuple[Tensor, Tensor]:
    """Every window that begins at ``first`` or later and whose targets end before ``stop``.

    Args:
        values: [R, F]; the target is feature 0.
        first: Row where the first window begins.
        stop: Row behind the last target.
        window: Rows of the past.
        horizon: Rows ahead.

    Returns:
        Views [N, window, F] and [N, horizon].
    """
    past = values[first : stop - horizon].unfold(0, window, 1).transpose(1, 2)
    return past, values[first + window : stop, 0].unfold(0, horizon, 1)


def in_order(
    frame: pl.DataFrame, time: str | None, notes: list[str]
) -> tuple[pl.DataFrame, pl.Series | None]:
    """Rows sorted by time, and their times; what was odd goes to ``notes``.

    Raises:
        DataError: when there is no such column or a value is neither date nor number.
    """
    if time is None:
        return frame, None
    if time not in frame.columns:
        raise DataError(f"There is no column {time!r} (data.time).", hint=did_you_mean(time, frame.columns))
    times = parsed_times(frame[time])
    if not times.is_sorted():
        notes.append(f"rows were not in order of {time!r}, sorted")
        order = times.arg_sort()
        frame, times = frame[order], times[order]
    doubled = times.len() - times.n_unique()
    if doubled:
        notes.append(f"{doubled} rows have the same {time!r} as another, kept")
    steps = times.diff().drop_nulls().cast(int)
    steps = steps.filter(steps > 0)
    usual = steps.mode().min() if steps.len() else None
    # Months are 28 to 31 days long: only a step of more than 1.5 times the usual one is a gap.
    jumps = int((steps > 1.5 * float(usual)).sum()) if usual else 0  # type: ignore[arg-type]
    if jumps:
        notes.append(f"{jumps} gaps in {time!r}: rows seem to be missing")
    return frame, times


def parsed_times(series: pl.Series) -> pl.Series:
    """Dates as they are, texts as dates, numbers as numbers; raises DataError naming a row."""
    import polars as pl

    if series.null_count():
        row = int(series.is_null().arg_max() or 0)
        raise DataError("The time is missing.", where=place(row, series.name))
    if series.dtype == pl.String:
        try:
            return series.str.strip_chars().str.to_datetime(strict=True)
        except pl.exceptions.PolarsError:
            pass
        if not is_numeric(series):
            raise DataError(
                f"Expected dates such as 2024-12-31, or numbers, got {series[0]!r}.",
                where=f"column {series.name!r}",
            )
    if series.dtype.is_temporal() and series.dtype not in (pl.Duration, pl.Time):
        return series.cast(pl.Datetime("us")) if series.dtype == pl.Date else series
    return to_numbers(series, strict=True)


def calendar_parts(times: pl.Series | None) -> list[str]:
    """The parts of the calendar that vary along a series of dates."""
    if times is None or not times.dtype.is_temporal():
        return []
    return [part for part in PERIODS if getattr(times.dt, part)().n_unique() > 1]


def _only_date(frame: pl.DataFrame, notes: list[str]) -> str | None:
    dates = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    if len(dates) == 1:
        notes.append(f"ordered by {dates[0]!r}, the only date")
        return dates[0]
    return None


def _only_number(frame: pl.DataFrame, time: str | None, recipe: DataRecipe) -> str:
    names = [n for n in frame.columns if n != time and n not in recipe.ignore and is_numeric(frame[n])]
    if len(names) == 1:
        return names[0]
    raise DataError(
        "It is not clear which column is to be forecast.",
        hint=f"Set data.target to one of: {', '.join(names) or '(there is no numeric column)'}.",
    )


def _other_numbers(
    frame: pl.DataFrame, target: str, time: str | None, recipe: DataRecipe, notes: list[str]
) -> list[str]:
    """Names of the numeric columns beside the target; raises DataError where that is none itself."""
    if target not in frame.columns:
        raise DataError(f"There is no column {target!r}.", hint=did_you_mean(target, frame.columns))
    if target == time:
        raise DataError("The column that orders the rows cannot be forecast.", where=f"column {target!r}")
    to_numbers(frame[target], strict=True)
    rest = [name for name in frame.columns if name not in (target, time) and name not in recipe.ignore]
    others = [name for name in rest if is_numeric(frame[name]) and frame[name].null_count() < frame.height]
    dropped = [name for name in rest if name not in others]
    if dropped:
        notes.append(f"no numbers, left out: {', '.join(dropped)}")
    return others


def _window(recipe: DataRecipe, sizes: list[int]) -> int:
    """Rows of the past to see; raises DataError where any part is too short for one window."""
    horizon, train = recipe.horizon or 1, sizes[0]
    if recipe.window == "auto":
        # At least half of the training rows should begin a window of their own.
        window = min(max(2 * horizon, SHORTEST_AUTO_WINDOW), max(1, (train - horizon) // 2))
    else:
        window = recipe.window
    if train < window + horizon:
        raise DataError(
            f"{sum(sizes)} rows leave {train} to train on; a window of {window} and a horizon of {horizon} "
            f"need {window + horizon}.",
            hint="Set a smaller data.window or data.horizon, or give more rows.",
        )
    for name, size in zip(("validation", "test"), sizes[1:], strict=True):
        if 0 < size < horizon:
            raise DataError(
                f"The {name} part has {size} of {sum(sizes)} rows; a horizon of {horizon} needs {horizon}.",
                hint=f"Hold out more with data.{name}, or set a smaller data.horizon.",
            )
    return window


def _gaps(frame: pl.DataFrame, names: list[str]) -> int:
    return sum(to_numbers(frame[name], strict=True).null_count() for name in names)
