"""Arrays: .npy, .npz, and pairs (X, y) or dicts of NumPy arrays or tensors.

Names read from an .npz or a dict: ``x`` or ``X``, ``data``, ``inputs``, ``features``, ``images`` with ``y``,
``target``, ``targets``, ``label``, ``labels``; or ``x_train``, ``y_train``, ``x_test``, ``y_test`` (and
``x_val``, ``y_val``). Without targets the task is to reconstruct the inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from vitreous.data.examples import TensorExamples
from vitreous.data.frames import is_table, read_frame
from vitreous.data.scaling import Scaling
from vitreous.data.split import split_indices
from vitreous.data.targets import Target, fit_target, scale_target
from vitreous.data.types import Data, InputKind, InputSpec
from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor

    from vitreous.training.recipe import DataRecipe

SUFFIXES = (".npy", ".npz")
ALIASES = {
    "x": ("x", "X", "data", "inputs", "features", "images"),
    "y": ("y", "Y", "target", "targets", "label", "labels"),
    "x_train": ("x_train", "X_train"),
    "y_train": ("y_train",),
    "x_val": ("x_val", "X_val", "x_validation", "X_validation"),
    "y_val": ("y_val", "y_validation"),
    "x_test": ("x_test", "X_test"),
    "y_test": ("y_test",),
}
CHANNELS = (1, 3, 4)


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """Existing .npy and .npz files, an array, a pair of arrays, a dict of arrays that is no table."""
    if isinstance(source, (str, Path)):
        return Path(source).suffix.lower() in SUFFIXES and Path(source).is_file()
    if isinstance(source, dict):
        return bool(source) and not is_table(source) and all(map(_is_array, source.values()))
    if isinstance(source, tuple) and len(source) == 2:
        return _is_array(source[0]) and (_is_array(source[1]) or isinstance(source[1], list))
    return _is_array(source)


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads arrays and finds out what they are: features or images, classes or numbers.

    Raises:
        DataError: naming the array, or the row and column of a value that cannot be used.
    """
    if isinstance(source, (str, Path)):
        return load_arrays(read_arrays(Path(source)), recipe, seed, name=Path(source).stem)
    if isinstance(source, tuple):
        source = {"x": source[0], "y": source[1]}
    elif not isinstance(source, dict):
        source = {"x": source}
    return load_arrays(
        _known({n: _numpy(a) for n, a in source.items()}, "the arrays"), recipe, seed, name="arrays"
    )


def read_arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a .npy (as ``x``) or .npz file, under the names this module uses.

    Raises:
        DataError: when the file is damaged, or holds pickled objects (which could run code).
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"x": loaded}
        with loaded:
            return _known({name: loaded[name] for name in loaded.files}, str(path))
    except ValueError as error:
        if "allow_pickle" in str(error) or "pickled" in str(error):
            raise DataError(
                "It holds Python objects, not numbers, and is not opened.",
                where=str(path),
                hint="Save arrays of one number type.",
            ) from None
        raise DataError(f"It cannot be read: {error}.", where=str(path)) from None
    except Exception as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"It cannot be read as NumPy arrays: {error}.", where=str(path)) from None


def load_arrays(
    arrays: dict[str, np.ndarray[Any, Any]],
    recipe: DataRecipe,
    seed: int,
    *,
    name: str,
    target_name: str = "target",
) -> Data:
    """Data from arrays under the names x and y, or x_train, y_train, x_val and so on.

    Args:
        arrays: Those that there are.
        recipe: The split and the task; a split that the arrays have of their own is kept.
        seed: Of the split.
        name: Of the data.
        target_name: What is predicted, for people.
    """
    notes: list[str] = []
    x, y, rows = _split(arrays, recipe, seed, notes)
    stored, kind = _inputs(x, notes)
    if y is not None and recipe.task in ("auto", "multiclass") and _is_one_hot(y):
        y = _class_numbers(y)
        recipe = recipe.model_copy(update={"task": "multiclass"})
        notes.append(f"targets: one-hot rows, read as {int(y.max()) + 1} classes")
    frame = None if y is None else _target_frame(y, len(x), target_name)
    target = _fit_target(frame, kind, recipe, len(x))
    if rows is None:
        labels = target.encode(frame).numpy() if frame is not None and target.classes else None
        rows = split_indices(len(x), recipe, seed, labels=labels)
    scaling = Scaling.fit(stored[rows[0]], normalize=recipe.normalize)
    if frame is not None:
        target = scale_target(target, frame[rows[0]], normalize=recipe.normalize)
    else:
        target = Target("reconstruction", tuple(f"value_{i}" for i in range(1, stored[0].numel() + 1)))
    preprocessing = Preprocessing(scaling, target, kind, tuple(stored.shape[1:]))
    targets = None if frame is None else target.encode(frame)
    parts = [_examples(stored, targets, torch.from_numpy(part), preprocessing) for part in rows]
    counts = (
        torch.bincount(parts[0].targets.long(), minlength=len(target.classes)) if target.classes else None
    )
    digest = hashlib.sha256()
    for array in (x, *([] if y is None else [np.asarray(y)])):
        digest.update(repr((array.dtype.str, array.shape)).encode() + np.ascontiguousarray(array).tobytes())
    return Data(
        name=name,
        task=target.task,
        input=InputSpec(kind, preprocessing.shape),
        train=parts[0],
        validation=parts[1] if len(rows[1]) else None,
        test=parts[2] if len(rows[2]) else None,
        preprocessing=preprocessing,
        notes=[*notes, f"inputs: {kind}, {' × '.join(map(str, preprocessing.shape))}, stored as {x.dtype}"],
        fingerprint=digest.hexdigest(),
        class_counts=() if counts is None else tuple(counts.tolist()),
    )


@dataclass(frozen=True)
class Preprocessing:
    """Arrays to standardized tensors; see `vitreous.data.types.Preprocessing`."""

    scaling: Scaling
    target: Target
    input_kind: InputKind
    shape: tuple[int, ...]
    kind: ClassVar[str] = "arrays"

    def to_json(self) -> dict[str, Any]:
        """All that was fitted."""
        parts = {"scaling": self.scaling.to_json(), "target": self.target.to_json()}
        return {**parts, "input_kind": self.input_kind, "shape": list(self.shape)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        try:
            target = Target.from_json(values["target"])
            return cls(
                Scaling.from_json(values["scaling"]), target, values["input_kind"], tuple(values["shape"])
            )
        except (KeyError, TypeError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None

    def read(self, path: Path) -> Any:
        """A .npy or .npz file as a dict of arrays, a table file as a frame."""
        return read_arrays(path) if path.suffix.lower() in SUFFIXES else read_frame(path)[0]

    def inputs(self, raw: Any) -> Tensor:
        """An array, a dict with ``x``, a pair (X, y) or a frame of numbers to float32 [N, ...]."""
        if isinstance(raw, (str, Path)):
            raw = self.read(Path(raw))
        if is_table(raw):
            x = read_frame(raw)[0].to_numpy()
        else:
            x = _numpy(raw[0] if isinstance(raw, tuple) else raw["x"] if isinstance(raw, dict) else raw)
        if x.shape == self.shape:
            x = x[None]
        stored, _ = _inputs(x, [])
        if tuple(stored.shape[1:]) != self.shape:
            raise DataError(f"Expected inputs of the shape {self.shape}, got {tuple(stored.shape[1:])}.")
        return self.scaling(stored)

    def targets(self, raw: Any) -> Tensor | None:
        """The targets of a pair (X, y) or of a dict with ``y``; None where there are none."""
        if self.target.kind == "reconstruction":
            return self.inputs(raw)
        y = raw[1] if isinstance(raw, tuple) else raw.get("y") if isinstance(raw, dict) else None
        if y is None:
            return None
        y = _numpy(y)
        if self.target.kind == "multiclass" and y.ndim == 2 and y.shape[1] == len(self.target.classes):
            y = _class_numbers(y)
        frame = _target_frame(y, len(y), "target")
        if frame.width != len(self.target.names):
            raise DataError(f"Expected {len(self.target.names)} targets a row, got {frame.width}.", where="y")
        return self.target.encode(frame.rename(dict(zip(frame.columns, self.target.names, strict=True))))

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits or numbers to named columns."""
        return self.target.decode(outputs)


def _is_array(value: object) -> bool:
    module = type(value).__module__.partition(".")[0]
    return module in ("numpy", "torch") and hasattr(value, "dtype") and hasattr(value, "shape")


def _numpy(value: Any) -> np.ndarray[Any, Any]:
    array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    if array.dtype.hasobject or array.dtype.kind in "cmMV":
        raise DataError(f"An array of the type {array.dtype} cannot be used.", hint="Convert it to numbers.")
    return array


def _known(arrays: dict[str, np.ndarray[Any, Any]], where: str) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays under this module's own names."""
    found = {name: arrays[a] for name, aliases in ALIASES.items() for a in reversed(aliases) if a in arrays}
    if "x" not in found and "x_train" not in found:
        hint = "Call the inputs x and the targets y, or x_train, y_train, x_test, y_test."
        raise DataError(f"No inputs among the arrays {', '.join(arrays)}.", where=where, hint=hint)
    return found


def _split(arrays: dict[str, Any], recipe: DataRecipe, seed: int, notes: list[str]) -> Any:
    """(x, y or None, row numbers of the splits or None where they are still to be drawn)."""
    if "x_train" not in arrays:
        return arrays["x"], arrays.get("y"), None
    names = [n for n in ("train", "val", "test") if f"x_{n}" in arrays]
    x = np.concatenate([arrays[f"x_{n}"] for n in names])
    with_targets = all(f"y_{n}" in arrays for n in names)
    y = np.concatenate([arrays[f"y_{n}"] for n in names]) if with_targets else None
    ends = np.cumsum([len(arrays[f"x_{n}"]) for n in names])
    own = {n: np.arange(end - len(arrays[f"x_{n}"]), end) for n, end in zip(names, ends, strict=True)}
    left = {"test": recipe.test if "test" not in own else 0.0}
    left["validation"] = recipe.validation if "val" not in own else 0.0
    parts = split_indices(len(own["train"]), recipe.model_copy(update=left), seed)
    notes.append(f"splits of the file kept: {', '.join(f'{n} {len(r)}' for n, r in own.items())}")
    return x, y, (parts[0], own.get("val", parts[1]), own.get("test", parts[2]))


def _inputs(x: np.ndarray[Any, Any], notes: list[str]) -> tuple[Tensor, InputKind]:
    """Inputs as they are stored, uint8 images or float32, and what they are."""
    if x.dtype.kind not in "fiub" or x.ndim not in (1, 2, 3, 4) or 0 in x.shape:
        hint = "Expected numbers [N, F], images [N, H, W] or [N, C, H, W]."
        raise DataError(f"Inputs of the type {x.dtype} and shape {x.shape} cannot be used.", hint=hint)
    if x.ndim <= 2:
        stored, kind = x.reshape(len(x), -1), "features"
    else:
        stored, kind = (x[:, None] if x.ndim == 3 else x), "image"
        if x.ndim == 4 and x.shape[-1] in CHANNELS and x.shape[1] not in CHANNELS:
            stored = np.moveaxis(x, -1, 1)
            notes.append(f"images: channels moved to the front, {x.shape[1:]} → {stored.shape[1:]}")
    keep = kind == "image" and x.dtype == np.uint8
    stored = np.ascontiguousarray(stored, dtype=np.uint8 if keep else np.float32)
    if not keep and not np.isfinite(stored).all():
        row, *rest = np.argwhere(~np.isfinite(stored))[0].tolist()
        value = stored[(row, *rest)]
        where = f"row {row + 1}, {f'column {rest[0] + 1}' if len(rest) == 1 else f'index {tuple(rest)}'}"
        raise DataError(f"The value is {'missing (NaN)' if np.isnan(value) else 'infinite'}.", where=where)
    return torch.from_numpy(stored if stored.flags.writeable else stored.copy()), kind  # type: ignore[return-value]


def _is_one_hot(y: np.ndarray[Any, Any]) -> bool:
    """Whether every row [K] of several is all 0 but for one 1."""
    y = np.asarray(y)
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(1) == 1).all() and (y.sum(0) > 0).all())


def _class_numbers(y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    numbers: np.ndarray[Any, Any] = np.asarray(y).argmax(1).astype(np.int64)
    return numbers


def _target_frame(y: np.ndarray[Any, Any], n: int, name: str) -> pl.DataFrame:
    import polars as pl

    y = np.asarray(y)
    if y.ndim not in (1, 2) or len(y) != n:
        raise DataError(f"Expected targets [{n}] or [{n}, K], got {list(y.shape)}.", where="y")
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise DataError(
            "The target is not finite.", where=f"y, row {int(np.argwhere(~np.isfinite(y))[0][0]) + 1}"
        )
    if y.ndim == 2:
        return pl.DataFrame({f"{name}_{k + 1}": y[:, k] for k in range(y.shape[1])})
    return pl.DataFrame({name: y if y.dtype.kind != "U" else y.tolist()})


def _fit_target(frame: pl.DataFrame | None, kind: InputKind, recipe: DataRecipe, n: int) -> Target:
    if frame is None or recipe.task == "reconstruction":
        return Target("reconstruction", ())
    labels = frame[frame.columns[0]]
    if recipe.task == "auto" and frame.width == 1 and kind == "image" and labels.dtype.is_integer():
        # Whole numbers on images are classes, however many.
        distinct = labels.n_unique()
        recipe = recipe.model_copy(update={"task": "binary" if distinct == 2 else "multiclass"})
    return fit_target(frame, frame.columns, recipe)


def _examples(
    stored: Tensor, targets: Tensor | None, rows: Tensor, preprocessing: Preprocessing
) -> TensorExamples:
    """A split; small values are scaled now, uint8 images when they are needed."""
    kept = stored[rows]
    raw = _raw_image(kept) if preprocessing.input_kind == "image" else _raw_row(kept)
    if kept.dtype == torch.uint8 and targets is not None:
        return TensorExamples(kept, targets[rows], prepare=preprocessing.scaling, raw=raw)
    inputs = preprocessing.scaling(kept)
    return TensorExamples(inputs, inputs if targets is None else targets[rows], raw=raw)


def _raw_row(stored: Tensor) -> Callable[[int], dict[str, float]]:
    return lambda i: {f"feature_{k}": value for k, value in enumerate(stored[i].tolist(), 1)}


def _raw_image(stored: Tensor) -> Callable[[int], np.ndarray[Any, Any]]:
    """An image as uint8 HWC, the range of a float image stretched to 0 … 255."""
    if stored.dtype == torch.uint8 or not len(stored):
        return lambda i: stored[i].permute(1, 2, 0).numpy()
    low, high = float(stored.min()), float(stored.max())
    factor = 255 / (high - low) if high > low else 0.0
    return lambda i: ((stored[i] - low) * factor).round().to(torch.uint8).permute(1, 2, 0).numpy()
