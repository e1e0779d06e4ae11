"""Schedulers that wait for a plateau of a figure which is told to go the other way than it should."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vitreous.doctor import calls, edits, evaluated, literals, reported, source
from vitreous.doctor.fault import Edit
from vitreous.record.evidence import Evidence
from vitreous.record.facts import SchedulerFacts

_LEAST = 3  # figures that must be the same as those counted
_MOST_HOPS = 4
_SAME = 1e-5
_UP = re.compile(
    r"(^|_)(\w*acc|accs|accuracy|accuracies|correct|f1|auc|auroc|auprc|iou|miou|dice|r2|precision|recall|bleu|rouge|mcc"
    r"|m_?ap|ndcg|top1|top5)(_|\d|$)"
)
_DOWN = re.compile(
    r"(^|_)(\w*loss|losses|nll|bce|mse|rmse|mae|mape|err|error|errors|perplexity|ppl|entropy|wer|cer)(_|\d|$)"
)


@dataclass(frozen=True)
class Turned:
    """A scheduler with the wrong mode, and the call of its step that cut the rate although the figure improved."""

    number: int
    made: SchedulerFacts
    rises: bool
    at: int


def turned_round(evidence: Evidence) -> Iterator[Turned]:
    """Schedulers in mode "min" given what should rise, or in mode "max" given a loss, that cut the rate for it.

    What should rise is told by numbers where it can be: those that are the shares of right answers counted, or the
    losses measured; else by its name.
    """
    for number, made in enumerate(evidence.schedulers):
        mode = made.options.get("mode")
        if mode not in ("min", "max") or len(made.given) != len(made.at_steps):
            continue
        at = _cut_while_better(made, 1 if mode == "min" else -1)
        rises = _should_rise(evidence, made) if at is not None else None
        if at is not None and rises is (mode == "min"):
            yield Turned(number, made, rises, at)


def _cut_while_better(made: SchedulerFacts, sign: int) -> int | None:
    """The first step that cut the rate though the best figure so far is of those that the patience was spent on."""
    waited = made.options.get("patience")
    given = [sign * value for value in made.given]
    if not isinstance(waited, int) or not all(map(math.isfinite, given)):
        return None
    for at in range(waited + 1, len(given)):
        first = at - waited
        if made.rates[at] < made.rates[at - 1] and max(given[first : at + 1]) > max(given[:first]):
            return at
    return None


def _should_rise(evidence: Evidence, made: SchedulerFacts) -> bool | None:
    """Whether more of the figure is better; None where nothing tells."""
    given = dict(zip(made.at_steps, made.given, strict=True))
    places = {row.place for row in evidence.comparisons}
    for known in reported.counted(evidence, places):
        shares = dict(zip(known.steps, known.shares.tolist(), strict=True))
        if any(_same(given, shares, scale) for scale in (1.0, 100.0)):
            return True
    if _same(given, {point.step: point.loss for point in evaluated.validation(evidence)}, 1.0):
        return False
    return _named(made)


def _same(given: dict[int, float], known: dict[int, float], scale: float) -> bool:
    pairs = [(value, scale * known[step]) for step, value in given.items() if step in known]
    apart = len({value for value, _ in pairs}) >= _LEAST
    return apart and all(abs(a - b) <= _SAME * max(scale, abs(b)) for a, b in pairs)


def _named(made: SchedulerFacts) -> bool | None:
    """What the argument of its step is called, or what that was made of; something taken from another says nothing."""
    found = calls.calls_at(made.step_place, ".step")
    taken = [*found[0].args, *(k.value for k in found[0].keywords if k.arg == "metrics")] if found else []
    given = taken[0] if taken else None
    for _ in range(_MOST_HOPS):
        if given is None or made.step_place is None or _turned(given):
            return None
        words = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower() for word in _words(given)}
        up, down = (any(kind.search(word) for word in words) for kind in (_UP, _DOWN))
        if up or down:
            return up if up != down else None
        given = literals.held(made.step_place.file, given) if isinstance(given, ast.Name) else None
    return None


def _turned(expression: ast.expr) -> bool:
    """Whether something in it changes what is better: -accuracy, 1 - accuracy, 1 / loss."""
    return any(
        isinstance(node, ast.USub | ast.Sub) or (isinstance(node, ast.BinOp) and _one_over(node))
        for node in ast.walk(expression)
    )


def _one_over(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Div) and isinstance(node.left, ast.Constant)


def _words(expression: ast.expr) -> Iterator[str]:
    """The names in an expression; of a call that computes something, its name alone: accuracy(model, loss_fn)."""
    if isinstance(expression, ast.Call) and not _only_shapes(expression):
        yield source.last_name(expression.func)
        return
    for part in ast.iter_child_nodes(expression):
        if isinstance(part, ast.expr):
            yield from _words(part)
    if isinstance(expression, ast.Name):
        yield expression.id
    elif isinstance(expression, ast.Attribute):
        yield expression.attr
    elif isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value


def _only_shapes(call: ast.Call) -> bool:
    return source.last_name(call.func) in ("mean", "float", "item", "sum", "round", "compute", "cpu", "array")


def other_mode(made: SchedulerFacts) -> list[Edit]:
    """The mode written the other way round, where it is written."""
    right = "max" if made.options.get("mode") == "min" else "min"
    for call in calls.calls_at(made.place, made.kind):
        written = [k.value for k in call.keywords if k.arg == "mode"] + call.args[1:2]
        if made.place is not None and written and isinstance(written[0], ast.Constant):
            return edits.replaced(made.place.file, [(written[0], f'"{right}"')]) or []
    return []
