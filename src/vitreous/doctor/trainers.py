"""Training libraries: which line of a script runs one, and where the script asked for what that does.

A loop of Lightning, transformers, skorch or Keras stands in no file of the user's: what is wrong with it was asked
for by a keyword of a constructor, `NeuralNetClassifier(..., batch_size=-1)`, lines before the one that runs it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vitreous.doctor import literals, source, variables
from vitreous.record.places import Place

_RUNS = re.compile(
    r"(\.(fit|fit_transform|partial_fit|train|evaluate|validate|test|predict|predict_proba|score|search)"
    r"|\bcross_val_score|\bcross_val_predict|\bcross_validate)\("
)

_CONFIGURED = (re.compile("^NeuralNet"), re.compile("TrainingArguments$"), re.compile("Trainer$"))


def runs(place: Place | None) -> bool:
    """Whether a line hands over to a library that trains or evaluates."""
    return place is not None and bool(_RUNS.search(source.code(place)))


def setting(place: Place | None, *names: str) -> Place | None:
    """Where a library was told what it does.

    Args:
        place: The line that runs it.
        names: What the setting may be called, the most telling first: a keyword of a call or a key of a dictionary.

    Returns:
        The line of the value, through names and configurations; of several, the last before the run. None where it
        is set nowhere.
    """
    if place is None:
        return None
    for name in names:
        found = [at for value in _given(place.file, name) if (at := literals.origin(place.file, value))]
        before = [at for at in found if at.line <= place.line]
        if found:
            return max(before or found, key=lambda at: at.line)
    return None


def _given(file: str, name: str) -> Iterator[ast.expr]:
    for call in source.nodes(file, ast.Call):
        yield from (keyword.value for keyword in call.keywords if keyword.arg == name)
    yield from (value for key, value in _entries(file) if key == name)


def _entries(file: str) -> Iterator[tuple[object, ast.expr]]:
    """What dictionaries are written with: keys that are constants, and their values."""
    for node in source.nodes(file, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield key.value, value


def configured(place: Place | None) -> Place | None:
    """Where a script makes the one object that tells a library how to train, and would tell it what is not said."""
    if place is None or not runs(place):
        return None
    for name in _CONFIGURED:
        lines = {
            call.lineno
            for call in source.nodes(place.file, ast.Call)
            if name.search(source.last_name(call.func))
        }
        if lines:
            return Place(place.file, lines.pop()) if len(lines) == 1 else None
    return None


def labels(place: Place | None) -> Place | None:
    """The one line of a file that makes the labels of a sample by their name, as models of transformers take them."""
    if place is None:
        return None
    values = [value for key, value in _entries(place.file) if key == "labels"]
    lines = {value.lineno for value in values if not isinstance(value, ast.Name)}
    return Place(place.file, lines.pop()) if len(lines) == 1 else None


def data(place: Place) -> Place | None:
    """Where the data were made that a library is given at a line, or in its constructor."""
    return variables.made(place, 0) or setting(place, "train_dataset")
