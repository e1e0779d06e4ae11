"""Which calls stand at a line of a script, and the lines where a class is made or an attribute is set.

Where a value in a call was written is for `vitreous.doctor.literals`. Nothing here runs the text. Whatever cannot be
read or told is None or empty, never a guess.
"""

from __future__ import annotations

import ast

from vitreous.doctor.source import tree
from vitreous.record.places import Place


def calls_at(place: Place | None, ending: str = "") -> list[ast.Call]:
    """The calls that a line is part of, the innermost first.

    Args:
        place: The line.
        ending: Only those whose name ends so, as "DataLoader".
    """
    parsed = tree(place.file) if place is not None else None
    if parsed is None or place is None:
        return []
    found = [
        node
        for node in ast.walk(parsed)
        if isinstance(node, ast.Call)
        and node.lineno <= place.line <= (node.end_lineno or node.lineno)
        and called(node).endswith(ending)
    ]
    return sorted(found, key=lambda n: ((n.end_lineno or n.lineno) - n.lineno, len(ast.dump(n))))


def called(call: ast.Call) -> str:
    """The name by which something is called, as "torch.optim.Adam" or "loss.backward"."""
    try:
        return ast.unparse(call.func)
    except (ValueError, RecursionError):
        return ""


def constructed_at(place: Place | None, kind: str) -> Place | None:
    """The one call in a file that makes an object of a class; the place as given where there is not exactly one."""
    parsed = tree(place.file) if place is not None else None
    if parsed is None or place is None:
        return place
    lines = {
        n.lineno for n in ast.walk(parsed) if isinstance(n, ast.Call) and called(n).split(".")[-1] == kind
    }
    return Place(place.file, lines.pop()) if len(lines) == 1 else place


def attribute_set(file: str, owner: str, attribute: str) -> int | None:
    """The line in a class where `self.attribute` is first assigned."""
    parsed = tree(file)
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Assign) and any(
                    isinstance(t, ast.Attribute) and t.attr == attribute for t in inner.targets
                ):
                    return inner.lineno
    return None


def layers_kept_plainly(file: str) -> list[int]:
    """Lines where an attribute of `self` is given a list, tuple or dict of objects of classes."""
    parsed, kinds = tree(file), (ast.List, ast.ListComp, ast.Tuple, ast.Dict, ast.DictComp)
    lines = set()
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, kinds):
            owned = any(
                isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == "self"
                for t in node.targets
            )
            made = [n for n in ast.walk(node.value) if isinstance(n, ast.Call)]
            if owned and any(called(call).split(".")[-1][:1].isupper() for call in made):
                lines.add(node.lineno)
    return sorted(lines)


def learning_rate_set(file: str) -> int | None:
    """The line where a script itself writes a parameter group's learning rate, if there is one such line."""
    parsed = tree(file)
    lines = set()
    for node in ast.walk(parsed) if parsed is not None else ():
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            key = target.slice if isinstance(target, ast.Subscript) else None
            if isinstance(key, ast.Constant) and key.value == "lr":
                lines.add(target.lineno)
    return lines.pop() if len(lines) == 1 else None
