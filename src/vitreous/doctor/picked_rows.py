"""Figures of some of the rows that a model answers at once, as of the nodes of a graph: which of them are counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vitreous.doctor import evaluated, named, source
from vitreous.record.compared import Comparison
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place


def trained_for_held_out(evidence: Evidence) -> Comparison | None:
    """A comparison of the trained rows, picked by their name, whose figure is called after held-out ones."""
    targets = [site.target for site in evidence.trained_sites()]
    trained = {target.shape[0] for target in targets if target is not None and target.shape}
    for row in evidence.comparisons:
        statement = source.statement(row.place)
        if statement is None or row.total not in trained:
            continue
        picked = [ast.unparse(node.slice) for node in ast.walk(statement) if isinstance(node, ast.Subscript)]
        if not any(map(named.trains, picked)) or any(map(named.held_out, picked)):
            continue
        called = [evaluated.plain(text) for text in _called(row.place)]
        if any(map(evaluated.says_held_out, called)) and not any(map(evaluated.TRAINED.search, called)):
            return row
    return None


def _called(place: Place) -> Iterator[str]:
    """What a figure computed at a line is called: the names it is given, and the words in front of it in a text."""
    known = set(source.targets(place))
    for node in source.nodes(place.file, ast.Assign):
        if node.lineno > place.line and any(_reads(node.value, name) for name in known):
            known.update(name for target in node.targets for name in source.assigned_names(target))
    yield from known
    for text in source.nodes(place.file, ast.JoinedStr):
        for before, shown in zip(text.values, text.values[1:], strict=False):
            said = before.value if isinstance(before, ast.Constant) else None
            if isinstance(said, str) and any(_reads(shown, name) for name in known):
                yield said
    for call in source.nodes(place.file, ast.Call):
        for label, given in zip(call.args, call.args[1:], strict=False):
            said = label.value if isinstance(label, ast.Constant) else None
            if isinstance(said, str) and any(_reads(given, name) for name in known):
                yield said


def _reads(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
