"""Ranks taken wrongly: `argsort` says which row comes at each place, not at which place each row comes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np

from vitreous.doctor import edits, evaluated, reported, source, symptoms
from vitreous.doctor.fault import Edit, Row, Suspicion, round_to
from vitreous.doctor.reported import Series
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_LEAST = 32  # scores; fewer may be classes of one sample
_PARTS = frozenset({"narrow", "select", "chunk", "split", "unbind"})
_TOGETHER = frozenset(
    {"stack", "cat", "concat", "add", "sub", "mul", "div", "pow", "square", "radd", "rsub", "rmul", "neg"}
)
_REDUCED = frozenset({"sum", "mean", "dot", "matmul", "rmatmul", "corrcoef", "mm", "mv"})
_AUC = re.compile(r"(?i)(?<![a-z])(roc[ _-]?auc|au[ _-]?roc|auc)(?![a-z])")
_OTHER_AUC = re.compile(
    r"(?i)(?<![a-z])(train|training|fit|pr|prc|auprc|precision|best|mean|avg|average|macro|micro)(?![a-z])"
)
_FAR, _SEVERAL, _FAR_ONCE, _LEAST_OF_EACH = 0.1, 3, 0.2, 10


def suspicions(evidence: Evidence) -> Iterator[Suspicion]:
    """An order that is taken for ranks; else a printed area under the ROC curve that is another one."""
    for trace in evidence.traces:
        for op in trace.ops if not trace.cut else ():
            if op.name == "argsort" and op.place is not None and _is_taken_for_ranks(trace, op):
                yield _order_for_ranks(trace, op)
                return
    yield from _printed(evidence)


def _is_taken_for_ranks(trace: Trace, order: Op) -> bool:
    """Whether the order of all scores is added up over the rows of one class, and used for nothing else.

    Never as an index, nor sorted again, nor compared or handed on, nor a part of it alone.
    """
    shape = order.output.shape if order.output is not None else []
    scores = next(iter(trace.inputs(order)), None)
    if len(shape) != 1 or shape[0] < _LEAST or scores is None or not trace.learns(scores):
        return False
    made = trace.origin(scores)
    if made is not None and made.name == "argsort":
        return False
    reach, held, reduced = {order.number}, False, False
    for op in trace.ops:
        if not reach.intersection(op.inputs):
            continue
        name = op.name.strip("_")
        beside = [other for other in trace.inputs(op) if other.number not in reach]
        labels = any(o.output is not None and o.output.shape == shape and not trace.learns(o) for o in beside)
        masks = any(o.output is not None and o.output.dtype == "bool" for o in beside)
        if name in ("getitem", "masked_select"):
            if op.inputs[0] not in reach or reach.intersection(op.inputs[1:]) or not (labels and masks):
                return False  # it is an index, or some of it is picked
        elif name in _REDUCED:
            reduced = True
        elif (op.name not in SHAPING and name not in _TOGETHER) or name in _PARTS:
            return False
        held |= labels
        if name not in _REDUCED:
            reach.add(op.number)
    return held and reduced


def _order_for_ranks(trace: Trace, order: Op) -> Suspicion:
    length = order.output.shape[0] if order.output is not None else 0
    rows = [
        Row("scores that are sorted", length, "", trace.step),
        Row(
            "what becomes of the order",
            "numbers added up over the rows of a class; it is no index, nor sorted again",
        ),
    ]
    return _suspicion(
        order.place,
        rows,
        "argsort gives the row at each rank, not the rank of each row: what is added up are no ranks",
    )


def _suspicion(place: Place | None, rows: list[Row], summary: str) -> Suspicion:
    return Suspicion(
        place,
        0.95,
        rows,
        "ranks are the argsort of the argsort: scores.argsort().argsort(), or scipy.stats.rankdata where scores tie",
        certain=True,
        summary=summary,
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
        edits=_sorted_again(place),
    )


def _sorted_again(place: Place | None) -> list[Edit]:
    """The one call of argsort at a line, with another behind it."""
    found = [(node, f"{ast.unparse(node)}.argsort()") for node in _sorts(place)] if place is not None else []
    return (edits.replaced(place.file, found) or []) if place is not None and len(found) == 1 else []


def _sorts(place: Place) -> list[ast.expr]:
    """The calls of argsort at a line."""
    calls = (n for n in source.nodes(place.file, ast.Call) if n.lineno == place.line)
    return [call for call in calls if getattr(call.func, "attr", "") == "argsort"]


def _printed(evidence: Evidence) -> Iterator[Suspicion]:
    """A figure that is printed as the area under the ROC curve, far from that of the recorded answers."""
    series = reported.series(evidence, least=1)
    shown = [one for one in series if _AUC.search(one.name) and not _OTHER_AUC.search(one.name)]
    known = _areas(evidence) if shown else []
    if any(_differ(one, areas, 0.0) for one in series for areas in known):
        return
    for one in shown:
        if known and all(_differ(one, areas, _FAR) for areas in known):
            step = max(step for step in known[0] if step in one.steps)
            place = _computed_at(one.place)
            rows = [
                Row("area under the ROC curve of the recorded answers", round_to(known[0][step]), "", step),
                Row("what is printed as that", one.values[one.steps.index(step)], "", step),
            ]
            yield Suspicion(
                place, 0.95, rows, "compute it from the rank of each score, as sklearn.metrics.roc_auc_score does",
                certain=True, summary="what is printed as the area under the ROC curve is not that of the answers",
                explains=[symptoms.EVALUATION_WRONG], metric="none", edits=_sorted_again(place),
            )  # fmt: skip
            return


def _differ(shown: Series, areas: dict[int, float], by: float) -> bool:
    """Whether a series is far from these areas at every evaluation; with 0, whether it is them."""
    scale = 100.0 if max(shown.values) > 1.0 else 1.0
    pairs = [(v / scale, areas[s]) for s, v in zip(shown.steps, shown.values, strict=True) if s in areas]
    if len(pairs) < max(1, 0.8 * len(shown.values)):
        return False
    if by and len(pairs) < _SEVERAL:
        by = _FAR_ONCE
    apart = [abs(value - area) for value, area in pairs]
    return min(apart) > by if by else max(apart) <= 0.6 * shown.grain / scale + 1e-3


def _areas(evidence: Evidence) -> list[dict[int, float]]:
    """By group of evaluations, the area under the ROC curve at each step; empty where answers of one are not known."""
    said, meant, calls = (evidence.arrays.get(f"judged.{name}") for name in ("said", "meant", "calls"))
    if said is None:  # no answer was kept as the model gave it
        names = ("predictions", "targets", "calls")
        said, meant, calls = (evidence.arrays.get(f"evaluation.{name}") for name in names)
    if said is None or meant is None or calls is None or not len(said) == len(meant) == len(calls) > 0:
        return []
    if said.size != len(said) or meant.size != len(meant) or not set(np.unique(meant)) <= {0, 1}:
        return []
    found = []
    for group in evaluated.groups(evidence):
        areas = {}
        for step in dict.fromkeys(batch.step for batch in group.batches):
            batches = [batch for batch in group.batches if batch.step == step]
            rows = np.isin(calls, [batch.call for batch in batches])
            truth = meant[rows].reshape(-1)
            each = min((truth == 1).sum(), (truth == 0).sum())
            if rows.sum() == sum(batch.samples for batch in batches) and each >= _LEAST_OF_EACH:
                areas[step] = area(truth, said[rows].reshape(-1))
        if not areas:
            return []  # what is printed may be of these
        found.append(areas)
    return found


def area(truth: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve, by ranks; equal scores share theirs."""
    _, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    yes = int((truth == 1).sum())
    no = len(truth) - yes
    return float((ranks[truth == 1].sum() - yes * (yes + 1) / 2) / (yes * no))


def _computed_at(printed: Place | None) -> Place | None:
    """The line of a function named after it that sorts, else that returns it; else where it is given its name."""
    if printed is None:
        return None
    for function in source.nodes(printed.file, ast.FunctionDef):
        if not _AUC.search(evaluated.plain(function.name)):
            continue
        sorts = (n for n in ast.walk(function) if isinstance(n, ast.Attribute) and n.attr == "argsort")
        lines = sorted(n.lineno for n in sorts)
        returns = [n.lineno for n in ast.walk(function) if isinstance(n, ast.Return)]
        return Place(printed.file, (lines or returns or [function.lineno])[0], function.name)
    for node in source.nodes(printed.file, ast.Assign):
        place = Place(printed.file, node.lineno)
        if any(_AUC.search(evaluated.plain(name)) for name in source.targets(place)):
            return place
    return printed
