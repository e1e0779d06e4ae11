"""Tables larger than memory: the same columns and target as `table`, read block by block.

Kinds and medians come from a sample of the training rows; means, deviations, levels and classes from all
of them, in one pass. A row's split follows from the seed, its block and its place in it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitreous.data import columns as cols
from vitreous.data.blocks import Blocks, CsvBlocks, open_blocks
from vitreous.data.examples import mix_seed
from vitreous.data.frames import estimated_gib, is_table
from vitreous.data.sources.table import Preprocessing, fit_features, with_target
from vitreous.data.split import split_sizes
from vitreous.data.stream_examples import StreamExamples
from vitreous.data.targets import Target, fit_target, target_names
from vitreous.data.types import Data, InputSpec
from vitreous.errors import DataError

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor

    from vitreous.training.recipe import DataRecipe

SAMPLE_ROWS = 200_000
SAMPLE_BLOCKS = 8
MOST_COUNTED = 100_000  # different values of a category that are counted before the rarest are forgotten
TRAIN, VALIDATION, TEST = range(3)


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """A table file without a text column or horizon that would take more than ``data.memory_gib``."""
    if recipe.text is not None or recipe.tags is not None or recipe.horizon is not None:
        return False
    return (
        isinstance(source, (str, Path))
        and is_table(source)
        and estimated_gib(Path(source)) > recipe.memory_gib
    )


def load(source: str | Path, recipe: DataRecipe, seed: int) -> Data:
    """Opens a table that is read while it is trained on.

    Raises:
        DataError: naming the file, block or column that cannot be used.
    """
    path = Path(source)
    try:
        return _load(path, recipe, seed)
    except DataError as error:
        if error.where is not None and str(path) in error.where:
            raise
        where = f"{path}, {error.where}" if error.where else str(path)
        raise DataError(error.message, where=where, hint=error.hint) from None


def _load(path: Path, recipe: DataRecipe, seed: int) -> Data:
    asked = [recipe.target] if isinstance(recipe.target, str) else recipe.target or []
    blocks = open_blocks(path, recipe.header, {*asked, *recipe.ignore})
    sample = _sample(blocks)
    names, notes = target_names(sample.columns, recipe)
    if not names:
        raise DataError("A streamed table needs a target.", where=str(path), hint="Name it with --target.")
    if isinstance(blocks, CsvBlocks):
        blocks.retype(sample, set(names))
    target = fit_target(with_target(sample, names, []), names, recipe)
    reader = Reader(blocks, names, target, Splitter(recipe, seed, blocks.rows))
    features, remarks = fit_features(_training_sample(reader), names, recipe)
    notes += [f"read block by block ({len(blocks)} blocks): larger than data.memory_gib", *remarks]
    statistics = _scan(reader, features, target)
    preprocessing = Preprocessing(*statistics.fitted(features, target, normalize=recipe.normalize))
    if lost := blocks.rows - sum(statistics.rows):
        notes.append(f"{lost} rows without a target (or blank) left out")
    parts = [_examples(reader, preprocessing, statistics.counts, part) for part in (TRAIN, VALIDATION, TEST)]
    if not parts[TRAIN]:
        raise DataError(f"No row of {sum(statistics.rows)} is left to train on.", where=str(path))
    classes = preprocessing.target.classes
    return Data(
        name=path.stem,
        task=preprocessing.target.task,
        input=InputSpec("features", (len(preprocessing.feature_names),)),
        train=parts[TRAIN],
        validation=parts[VALIDATION] if len(parts[VALIDATION]) else None,
        test=parts[TEST] if len(parts[TEST]) else None,
        preprocessing=preprocessing,
        notes=notes,
        fingerprint=_fingerprint(path),
        class_counts=tuple(statistics.labels[TRAIN][name] for name in classes),
    )


@dataclass(frozen=True)
class Splitter:
    """Which split a row belongs to, from its block and place alone."""

    recipe: DataRecipe
    seed: int
    rows: int

    def parts(self, block: int, rows: int, before: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """TRAIN, VALIDATION or TEST for each of a block's rows, ``before`` of which came earlier."""
        test, validation = split_sizes(self.rows, self.recipe)
        if self.recipe.split == "ordered":
            from_end = self.rows - before - np.arange(rows)
            return np.where(
                from_end <= test, TEST, np.where(from_end <= test + validation, VALIDATION, TRAIN)
            )
        at = np.random.default_rng(mix_seed(self.seed, block)).random(rows) * self.rows
        return np.where(at < test, TEST, np.where(at < test + validation, VALIDATION, TRAIN))


@dataclass
class Reader:
    """A file's rows by split; those without a target are left out."""

    blocks: Blocks
    names: tuple[str, ...]
    target: Target
    splitter: Splitter
    before: dict[int, int] = field(default_factory=dict)  # rows before a block, where known

    def read(self, block: int) -> tuple[pl.DataFrame, np.ndarray[Any, np.dtype[np.int64]]]:
        """A block's rows that have a target, and the split of each."""
        import polars as pl

        frame = self.blocks.read(block)
        frame = frame.with_columns(pl.col(n).fill_nan(None) for n in self.names if frame[n].dtype.is_float())
        frame = frame.drop_nulls(list(self.names))
        return frame, self.splitter.parts(block, frame.height, self.before.get(block, 0))

    def part(self, block: int, part: int) -> pl.DataFrame:
        """A block's rows of one split."""
        frame, parts = self.read(block)
        return frame.filter(parts == part)


@dataclass
class Moments:
    """Count, mean and sum of squared differences, merged block by block (Chan et al.)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        """Merges more values in."""
        if len(values) == 0:
            return
        mean = float(values.mean())
        total, shift = self.count + len(values), mean - self.mean
        self.squares += float(np.square(values - mean).sum()) + shift**2 * self.count * len(values) / total
        self.mean += shift * len(values) / total
        self.count = total

    def mean_and_scale(self, *, normalize: bool) -> tuple[float, float]:
        """What a `Number` subtracts and divides by."""
        deviation = (self.squares / max(1, self.count)) ** 0.5
        if not normalize:
            return 0.0, 1.0
        return self.mean, deviation if deviation > 1e-12 * max(1.0, abs(self.mean)) else 1.0


@dataclass
class Statistics:
    """What one pass over the file gives."""

    rows: list[int] = field(default_factory=list)
    counts: list[list[int]] = field(default_factory=lambda: [[], [], []])
    moments: dict[str, Moments] = field(default_factory=dict)
    levels: dict[str, Counter[str]] = field(default_factory=dict)
    gaps: set[str] = field(default_factory=set)
    labels: list[Counter[str]] = field(default_factory=lambda: [Counter(), Counter(), Counter()])

    def fitted(
        self, features: tuple[cols.Column, ...], target: Target, *, normalize: bool
    ) -> tuple[tuple[cols.Column, ...], Target]:
        """The columns and target with what all training rows say in place of the sample."""
        columns = tuple(self._column(column, normalize=normalize) for column in features)
        if target.kind == "regression":
            pairs = [self.moments[name].mean_and_scale(normalize=normalize) for name in target.names]
            return columns, replace(
                target, means=tuple(m for m, _ in pairs), scales=tuple(s for _, s in pairs)
            )
        if target.kind in ("binary", "multiclass"):
            found = set(self.labels[TRAIN])
            unseen = (set(self.labels[VALIDATION]) | set(self.labels[TEST])) - found
            if unseen:
                raise DataError(f"The class {min(unseen)!r} is in no training row, only in rows held out.")
            if target.kind == "binary" and len(found) > 2:
                target = replace(target, kind="multiclass")
            number = all(name.lstrip("-").isdigit() for name in found)
            target = replace(target, classes=tuple(sorted(found, key=float if number else str)))
        return columns, target

    def _column(self, column: cols.Column, *, normalize: bool) -> cols.Column:
        if isinstance(column, cols.Number):
            mean, scale = self.moments[column.name].mean_and_scale(normalize=normalize)
            return replace(column, mean=mean, scale=scale, indicator=column.name in self.gaps)
        if isinstance(column, cols.Category):
            counts = self.levels[column.name]
            ranked = sorted(counts, key=lambda level: (-counts[level], level))
            other = len(ranked) > cols.MOST_LEVELS
            kept = ranked[: cols.MOST_LEVELS - 1] if other else ranked
            return cols.Category(column.name, tuple(sorted(kept)), column.name in self.gaps, other)
        return column


def _scan(reader: Reader, features: tuple[cols.Column, ...], target: Target) -> Statistics:
    """One pass over all blocks."""
    import polars as pl

    found, before = Statistics(), 0
    for block in range(len(reader.blocks)):
        reader.before[block] = before
        frame, parts = reader.read(block)
        before += frame.height
        found.rows.append(frame.height)
        for part in (TRAIN, VALIDATION, TEST):
            found.counts[part].append(int((parts == part).sum()))
            if target.kind in ("binary", "multiclass"):
                labels = cols.to_texts(frame[target.names[0]].filter(parts == part))
                found.labels[part].update(dict(labels.value_counts().rows()))
        train = frame.filter(parts == TRAIN)
        for column in features:
            _add(found, column, frame[column.name], pl.Series(parts == TRAIN), block)
        if target.kind == "regression":
            for name in target.names:
                values = cols.to_numbers(train[name], strict=True)
                cols.refuse_infinite(values)
                found.moments.setdefault(name, Moments()).add(values.to_numpy())
    return found


def _add(found: Statistics, column: cols.Column, series: pl.Series, train: pl.Series, block: int) -> None:
    """A block's training values of one column into the statistics; all of its values are checked."""
    if isinstance(column, cols.Number):
        try:
            numbers = cols.to_numbers(series, strict=True)
            cols.refuse_infinite(numbers)
        except DataError as error:
            raise DataError(error.message, where=f"block {block}, column {column.name!r}") from None
        numbers = numbers.filter(train)
        if numbers.null_count():
            found.gaps.add(column.name)
        found.moments.setdefault(column.name, Moments()).add(numbers.fill_null(column.fill).to_numpy())
    elif isinstance(column, cols.Category):
        counts = found.levels.setdefault(column.name, Counter())
        texts = cols.to_texts(series.filter(train))
        if texts.null_count():
            found.gaps.add(column.name)
        counts.update(dict(texts.drop_nulls().value_counts().rows()))
        if len(counts) > MOST_COUNTED:
            found.levels[column.name] = Counter(dict(counts.most_common(MOST_COUNTED // 2)))


def _sample(blocks: Blocks) -> pl.DataFrame:
    """Rows from blocks all over the file, of whatever split."""
    import polars as pl

    chosen = _spread(len(blocks))
    frames = [blocks.read(block).head(SAMPLE_ROWS // len(chosen)) for block in chosen]
    try:
        sample = pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.PolarsError as error:
        message = f"Its columns change their type on the way ({str(error).splitlines()[0]})."
        raise DataError(
            message, where=str(blocks.path), hint="Save it as Parquet with one type a column."
        ) from None
    if sample.height == 0:
        raise DataError("The table has no rows.", where=str(blocks.path))
    return sample


def _training_sample(reader: Reader) -> pl.DataFrame:
    import polars as pl

    chosen = _spread(len(reader.blocks))
    frames: Iterator[pl.DataFrame] = (reader.part(block, TRAIN) for block in chosen)
    sample = pl.concat([frame.head(SAMPLE_ROWS // len(chosen)) for frame in frames], how="vertical_relaxed")
    if sample.height == 0:
        raise DataError("No row is left to train on.", where=str(reader.blocks.path))
    return sample


def _spread(blocks: int) -> list[int]:
    if blocks == 0:
        raise DataError("The table has no rows.")
    return sorted({int(i) for i in np.linspace(0, blocks - 1, min(SAMPLE_BLOCKS, blocks))})


def _examples(
    reader: Reader, preprocessing: Preprocessing, counts: list[list[int]], part: int
) -> StreamExamples:
    def encode(frame: pl.DataFrame) -> tuple[Tensor, Tensor]:
        inputs = torch.from_numpy(cols.encode_frame(preprocessing.columns, frame))
        return inputs, preprocessing.target.encode(frame)

    read: Callable[[int], pl.DataFrame] = lambda block: reader.part(block, part)  # noqa: E731
    return StreamExamples(counts[part], read, encode, 4 * len(preprocessing.feature_names))


def _fingerprint(path: Path) -> str:
    """Size and 64 megabytes spread over the file: all of it would take as long as an epoch."""
    size, digest = path.stat().st_size, hashlib.sha256()
    digest.update(str(size).encode())
    with path.open("rb") as file:
        for start in np.linspace(0, max(0, size - (1 << 20)), 64).astype(int).tolist():
            file.seek(start)
            digest.update(file.read(1 << 20))
    return digest.hexdigest()
