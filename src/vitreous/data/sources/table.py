"""Tables: CSV, TSV, Parquet, data frames, dicts of columns. One row an example, one column the target.

What a column is, is found out and said in the notes. All that is fitted (means, medians, levels) comes
from the training rows alone.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from vitreous.data import columns as cols
from vitreous.data.examples import TensorExamples
from vitreous.data.frames import estimated_gib, is_table, read_frame
from vitreous.data.split import split_indices
from vitreous.data.targets import Target, fit_target, scale_target, target_names
from vitreous.data.types import Data, InputSpec
from vitreous.errors import DataError, RunError, did_you_mean

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor

    from vitreous.training.recipe import DataRecipe


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """A table without a text column (`text`) or horizon (`series`) that fits in memory (`stream`)."""
    if (
        recipe.text is not None
        or recipe.tags is not None
        or recipe.horizon is not None
        or not is_table(source)
    ):
        return False
    return not isinstance(source, (str, Path)) or estimated_gib(Path(source)) <= recipe.memory_gib


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads a table, finds out its columns and target, splits and encodes it.

    Raises:
        DataError: naming the file, row or column that cannot be used.
    """
    asked = [recipe.target] if isinstance(recipe.target, str) else recipe.target or []
    frame, notes = read_frame(source, header=recipe.header, expected=[*asked, *recipe.ignore])
    where = Path(source) if isinstance(source, (str, Path)) else None
    return load_frame(frame, recipe, seed, name=where.stem if where else "table", notes=notes, file=where)


def load_frame(
    frame: pl.DataFrame,
    recipe: DataRecipe,
    seed: int,
    *,
    name: str,
    notes: list[str] | None = None,
    file: Path | None = None,
    whole: bool = False,
) -> Data:
    """The same from a frame.

    Args:
        frame: All rows, target included.
        recipe: As for ``load``.
        seed: Of the split.
        name: Of the data.
        notes: What reading it has found.
        file: Where it came from; its bytes are the fingerprint.
        whole: All rows train and test, none validate: for sets too small to be split.
    """
    notes = list(notes or [])
    names, remark = target_names(frame.columns, recipe)
    notes += remark
    fingerprint = fingerprint_of(file, frame)
    _refuse_infinite(frame, recipe, file)
    frame = with_target(frame, names, notes)
    target = fit_target(frame, names, recipe) if names else Target("reconstruction", ())
    rows = _split(frame, target, recipe, seed, whole=whole, notes=notes)
    train = frame[rows[0]]
    features, remarks = fit_features(train, names, recipe)
    notes += remarks
    if target.kind == "reconstruction":
        target = Target("reconstruction", tuple(cols.feature_names(features)))
    preprocessing = Preprocessing(features, scale_target(target, train, normalize=recipe.normalize))
    train_examples, *held_out = [_examples(frame[part], preprocessing, part, file) for part in rows]
    notes += _leak_notes(frame, [column.name for column in features], names, rows, whole=whole)
    return Data(
        name=name,
        task=preprocessing.target.task,
        input=InputSpec("features", (len(preprocessing.feature_names),)),
        train=train_examples,
        validation=held_out[0] if len(rows[1]) else None,
        test=held_out[1] if len(rows[2]) else None,
        preprocessing=preprocessing,
        notes=notes,
        fingerprint=fingerprint,
        class_counts=_class_counts(train_examples.targets, preprocessing.target),
    )


@dataclass(frozen=True)
class Preprocessing:
    """A table's columns and target; see `vitreous.data.types.Preprocessing`."""

    columns: tuple[cols.Column, ...]
    target: Target
    kind: ClassVar[str] = "table"

    @property
    def feature_names(self) -> list[str]:
        """Names of the network's inputs, in order."""
        return cols.feature_names(self.columns)

    def to_json(self) -> dict[str, Any]:
        """All that was fitted."""
        return {"columns": cols.columns_to_json(self.columns), "target": self.target.to_json()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        try:
            return cls(cols.columns_from_json(values["columns"]), Target.from_json(values["target"]))
        except (KeyError, TypeError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None

    def read(self, path: Path) -> pl.DataFrame:
        """A table file; raises DataError naming the file or line."""
        return read_frame(path, expected=[column.name for column in self.columns])[0]

    def inputs(self, raw: Any) -> Tensor:
        """A frame, dict of columns, list of rows as dicts or path to float32 [N, F]."""
        frame, _ = read_frame(raw)
        for column in self.columns:
            if column.name not in frame.columns:
                hint = did_you_mean(column.name, frame.columns)
                raise DataError(f"The column {column.name!r} is missing.", where=_origin(raw), hint=hint)
        return torch.from_numpy(cols.encode_frame(self.columns, frame))

    def targets(self, raw: Any) -> Tensor | None:
        """Targets as the task says; None where a target column is missing."""
        if self.target.kind == "reconstruction":
            return self.inputs(raw)
        frame, _ = read_frame(raw)
        return self.target.encode(frame) if set(self.target.names) <= set(frame.columns) else None

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits or numbers to named columns."""
        return self.target.decode(outputs)


def with_target(frame: pl.DataFrame, names: tuple[str, ...], notes: list[str]) -> pl.DataFrame:
    """The rows that have every target, NaN counting as none.

    Raises:
        DataError: when no row has one.
    """
    import polars as pl

    if not names:
        return frame
    frame = frame.with_columns(pl.col(n).fill_nan(None) for n in names if frame[n].dtype.is_float())
    kept = frame.drop_nulls(list(names))
    if kept.height == 0:
        raise DataError("No row has a target.", where=f"column {names[0]!r}")
    if lost := frame.height - kept.height:
        notes.append(f"{lost} {'row' if lost == 1 else 'rows'} without a target left out")
    return kept


def fit_features(
    train: pl.DataFrame, names: tuple[str, ...], recipe: DataRecipe
) -> tuple[tuple[cols.Column, ...], list[str]]:
    """What each column that is no target becomes, and a note on each.

    Raises:
        DataError: when a column to ignore does not exist, or no usable column is left.
    """
    for name in recipe.ignore:
        if name not in train.columns:
            raise DataError(
                f"There is no column {name!r}.", where="data.ignore", hint=did_you_mean(name, train.columns)
            )
    fitted, notes = [], []
    for name in train.columns:
        if name not in names and name not in recipe.ignore:
            column, note = cols.fit_column(train[name], normalize=recipe.normalize)
            notes.append(note)
            if column is not None:
                fitted.append(column)
    if not fitted:
        raise DataError(
            f"No column is left to learn from ({'; '.join(notes) or 'there is only the target'})."
        )
    return tuple(fitted), notes


def fingerprint_of(file: Path | None, frame: pl.DataFrame) -> str:
    """SHA-256 of the file's bytes, or of the frame's values."""
    digest = hashlib.sha256()
    if file is not None:
        with file.open("rb") as stream_:
            return hashlib.file_digest(stream_, "sha256").hexdigest()
    for part in frame.iter_slices(100_000):
        buffer = io.BytesIO()
        part.write_ipc_stream(buffer)
        digest.update(buffer.getbuffer())
    return digest.hexdigest()


def _refuse_infinite(frame: pl.DataFrame, recipe: DataRecipe, file: Path | None) -> None:
    """Looks before any row is left out, so that the row that is named is the file's."""
    for name in frame.columns:
        if name not in recipe.ignore and frame[name].dtype.is_float():
            try:
                cols.refuse_infinite(frame[name])
            except DataError as error:
                where = f"{file}, {error.where}" if file else error.where
                raise DataError(error.message, where=where, hint=error.hint) from None


def _split(
    frame: pl.DataFrame, target: Target, recipe: DataRecipe, seed: int, *, whole: bool, notes: list[str]
) -> tuple[np.ndarray[Any, Any], ...]:
    """Row numbers of train, validation and test; says what the classes make of the split."""
    if whole:
        rows = np.arange(frame.height)
        notes.append(f"all {frame.height} rows train and test: too few to be split")
        return rows, rows[:0], rows
    if target.kind not in ("binary", "multiclass"):
        return split_indices(frame.height, recipe, seed)
    labels = cols.to_texts(frame[target.names[0]]).to_numpy().astype(str)
    names, counts = np.unique(labels, return_counts=True)
    notes.extend(f"class {str(n)!r} has a single example: it trains, untested" for n in names[counts == 1])
    parts = split_indices(frame.height, recipe, seed, labels=labels)
    unseen = sorted({str(label) for label in names} - {str(label) for label in labels[parts[0]]})
    if unseen:
        raise DataError(
            f"The class {unseen[0]!r} is in no training row, only in rows held out.",
            where=f"column {target.names[0]!r}",
            hint="Set data.split=random, or drop its rows."
            if recipe.split == "ordered"
            else "Hold out less.",
        )
    return parts


def _examples(
    frame: pl.DataFrame, preprocessing: Preprocessing, rows: Any, file: Path | None
) -> TensorExamples:
    try:
        inputs = torch.from_numpy(cols.encode_frame(preprocessing.columns, frame))
        reconstruct = preprocessing.target.kind == "reconstruction"
        targets = inputs if reconstruct else preprocessing.target.encode(frame)
    except DataError as error:
        raise DataError(error.message, where=_whole_table(error.where, rows, file), hint=error.hint) from None
    return TensorExamples(inputs, targets, raw=lambda i: frame.row(i, named=True))


def _whole_table(where: str | None, rows: Any, file: Path | None) -> str | None:
    """A place within a split as a place within the table."""
    if where is None or not where.startswith("row "):
        return where
    number, _, column = where.removeprefix("row ").partition(", ")
    return f"{f'{file}, ' if file else ''}row {int(rows[int(number) - 1]) + 1}, {column}"


def _leak_notes(
    frame: pl.DataFrame, features: list[str], names: tuple[str, ...], rows: Any, *, whole: bool
) -> list[str]:
    """Rows that were trained on and are tested again, and features that are the target itself."""
    notes = []
    hashes = frame.select(features).hash_rows().to_numpy()
    again = 0 if whole else int(np.isin(hashes[np.concatenate(rows[1:])], hashes[rows[0]]).sum())
    if again:
        notes.append(f"{again} rows held out have the same inputs as a training row")
    for name in names:
        labels = cols.to_texts(frame[name])
        notes += [
            f"{feature}: equals the target; leave it out with data.ignore unless it is known beforehand"
            for feature in features
            if frame[feature].dtype == frame[name].dtype and cols.to_texts(frame[feature]).equals(labels)
        ]
    return notes


def _class_counts(targets: Tensor, target: Target) -> tuple[int, ...]:
    if target.kind not in ("binary", "multiclass"):
        return ()
    return tuple(torch.bincount(targets.long(), minlength=len(target.classes)).tolist())


def _origin(raw: Any) -> str | None:
    return str(raw) if isinstance(raw, (str, Path)) else None
