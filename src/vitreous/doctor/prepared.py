"""Preparation by figures of all rows, read from the source: a scaler that has seen the rows of the test set."""

from __future__ import annotations

import ast
import re

from vitreous.doctor import source
from vitreous.record.places import Place

_FITS = frozenset({"fit", "fit_transform"})
_LEARNS = re.compile(
    r"(Standard|MinMax|MaxAbs|Robust)Scaler|(Quantile|Power)Transformer|(Simple|KNN|Iterative)Imputer|\w*PCA|TruncatedSVD"
)
_SPLITS = re.compile(r"train_test_split|random_split|KFold|ShuffleSplit")


def fitted_on_all(file: str) -> tuple[Place, Place] | None:
    """Where a table is scaled by its own figures, and where it is split only after that.

    Seen are scikit-learn's transformers that learn figures from rows, and ``x = (x - x.mean(0)) / x.std(0)`` written
    out, of a name that a split then takes.

    Args:
        file: The source.
    """
    splits = sorted(_calls(file, _SPLITS), key=lambda call: call.lineno)
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        place = Place(file, node.lineno)
        value = node.value
        for name in source.targets(place):
            if not (_by_transformer(file, value) or _by_hand(value, name)):
                continue
            for split in splits:
                taken = {n.id for given in split.args for n in ast.walk(given) if isinstance(n, ast.Name)}
                between = [s for s in splits if s.lineno < node.lineno]
                if name in taken and split.lineno > place.line and not between and _together(place, split):
                    return place, Place(file, split.lineno)
    return None


def _calls(file: str, wanted: re.Pattern[str]) -> list[ast.Call]:
    calls = source.nodes(file, ast.Call)
    return [c for c in calls if isinstance(c, ast.Call) and wanted.search(ast.unparse(c.func))]


def _by_transformer(file: str, value: ast.expr) -> bool:
    """Whether a value is what a transformer says that learned from the same rows."""
    for call in ast.walk(value):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        owner = call.func.value
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "fit":
            owner = owner.func.value  # StandardScaler().fit(x).transform(x)
        elif call.func.attr not in _FITS:
            continue
        if _made_by(file, owner):
            return True
    return False


def _made_by(file: str, owner: ast.expr) -> bool:
    if isinstance(owner, ast.Call):
        return bool(_LEARNS.fullmatch(ast.unparse(owner.func).rsplit(".", 1)[-1]))
    if not isinstance(owner, ast.Name):
        return False
    made = [
        node.value
        for node in source.nodes(file, ast.Assign)
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [owner.id]
    ]
    return bool(made) and all(isinstance(value, ast.Call) and _made_by(file, value) for value in made)


def _by_hand(value: ast.expr, name: str) -> bool:
    """Whether a name is moved and divided by its own mean and spread over the rows."""
    text = ast.unparse(value)
    rows = r"\((axis=|dim=)?0\b"
    return all(re.search(rf"\b{re.escape(name)}\.{figure}{rows}", text) for figure in ("mean", "std"))


def _together(place: Place, split: ast.Call) -> bool:
    """Whether both stand in the same function, where a name means the same table."""
    here, there = source.functions(place), source.functions(Place(place.file, split.lineno))
    return [f.lineno for f in here] == [f.lineno for f in there]
