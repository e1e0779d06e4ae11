"""Finds the source that knows what a person gave, and the preprocessing that a run was saved with.

No source is registered anywhere: every module of ``vitreous.data.sources`` is asked. A built-in name
wins over a folder of that name, because ``builtin`` and ``idx`` are asked before ``images``.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from vitreous.data import sources
from vitreous.errors import DataError, RunError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from vitreous.data.types import Data, Preprocessing
    from vitreous.training.recipe import DataRecipe

ACCEPTED = (
    "a table (.csv, .tsv, .parquet), arrays (.npy, .npz), a text (.txt), a folder or archive of images, "
    "a folder of IDX files, or a built-in set"
)


def open_data(source: object, recipe: DataRecipe, seed: int) -> Data:
    """Reads what a person gave.

    Args:
        source: A built-in name, a file or a folder (str or Path), or a Python object: arrays, data
            frame, Dataset.
        recipe: The target, the split and everything else a source may need to know.
        seed: Of the split, and of anything random in the set itself.

    Raises:
        DataError: when there is no such thing, nobody knows its kind, or it cannot be used.
    """
    if isinstance(source, str) and not source.strip():
        raise _unknown(source)  # as a path it would be the folder that one happens to be in
    for name in source_kinds():
        module = import_module(f"{sources.__name__}.{name}")
        recognizes = getattr(module, "recognizes", None)
        if recognizes is not None and recognizes(source, recipe):
            data: Data = module.load(source, recipe, seed)
            return data
    raise _unknown(source)


def preprocessing_from_json(document: dict[str, Any]) -> Preprocessing:
    """The preprocessing of a saved run.

    Args:
        document: ``{"kind": name of a module of data/sources, "values": what its to_json gave}``.

    Raises:
        RunError: when the kind is none of ours (nothing else is ever imported), or the values are wrong.
    """
    kind, values = document.get("kind"), document.get("values")
    kinds = source_kinds()
    if not isinstance(kind, str) or kind not in kinds:
        raise RunError(
            f"There is no preprocessing of the kind {kind!r}.", hint=did_you_mean(str(kind), kinds)
        )
    found = getattr(import_module(f"{sources.__name__}.{kind}"), "Preprocessing", None)
    if found is None or not isinstance(values, dict):
        raise RunError(f"The saved preprocessing of the kind {kind!r} has no usable values.")
    preprocessing: Preprocessing = found.from_json(values)
    return preprocessing


def source_kinds() -> list[str]:
    """Names of the modules in data/sources, sorted."""
    return sorted(info.name for info in iter_modules(sources.__path__))


def built_in_names() -> list[str]:
    """Every name that can be given in place of a file, sorted."""
    return sorted(name for module in _modules() for name in getattr(module, "NAMES", ()))


def _modules() -> Iterator[ModuleType]:
    for name in source_kinds():
        yield import_module(f"{sources.__name__}.{name}")


def _unknown(source: object) -> DataError:
    """Says what was looked for and what there is instead."""
    if not isinstance(source, (str, Path)):
        return DataError(
            f"A {type(source).__name__} is not a kind of data that can be read.",
            hint="Give a path, a data frame, a dict of columns, arrays (X, y), or a torch Dataset.",
        )
    path, text = Path(source), str(source)
    names = built_in_names()
    if not text.strip():
        return DataError("No data were named.", hint=f"Give {ACCEPTED} ({', '.join(names)}).")
    if path.is_dir():
        inside = sorted(entry.name for entry in path.iterdir())
        found = (
            f"It holds {', '.join(inside[:5])}{', …' if len(inside) > 5 else ''}" if inside else "It is empty"
        )
        return DataError(
            f"{found}, nothing that can be trained on.", where=text, hint=f"Accepted: {ACCEPTED}."
        )
    if path.exists():
        return DataError(
            f"Files that end in {path.suffix!r} are not a known kind.",
            where=text,
            hint=f"Accepted: {ACCEPTED}.",
        )
    if path.suffix or len(path.parts) > 1:
        return DataError("There is no such file or folder.", where=text, hint=_neighbours(path))
    known = did_you_mean(text, [*names, *_entries(path.parent)])
    return DataError(f"There is no file, folder or built-in set called {text!r}.", hint=known)


def _neighbours(path: Path) -> str:
    """What lies where the missing path should be."""
    folder = path.parent
    if not folder.is_dir():
        return f"The folder {folder} does not exist either."
    close = get_close_matches(path.name, _entries(folder), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(repr(str(folder / name)) for name in close)}?" if close else ""


def _entries(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
