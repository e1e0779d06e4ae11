"""Figures told to be wrong by what is held against what: arrays of NumPy, metrics, padding among labels."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from vitreous.doctor import evaluated, reading, reported, source, symptoms
from vitreous.doctor.fault import Row, Suspicion, round_to
from vitreous.record.compared import Comparison, Pair
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

# Those whose figure is another one with the arguments exchanged; a mean squared error or an accuracy is the same.
_HAVE_SIDES = frozenset(
    [
        "r2_score", "explained_variance_score", "mean_absolute_percentage_error", "mean_squared_log_error",
        "d2_absolute_error_score", "d2_pinball_score", "d2_tweedie_score", "mean_pinball_loss", "mean_poisson_deviance",
        "mean_gamma_deviance", "mean_tweedie_deviance", "precision_score", "recall_score", "fbeta_score",
        "precision_recall_fscore_support", "classification_report", "confusion_matrix", "balanced_accuracy_score",
        "roc_auc_score", "average_precision_score", "log_loss", "brier_score_loss",
    ]
)  # fmt: skip

_PADDING = 0.05  # of the labels: less is not worth a word
_LEAST_PRINTED = 2


def wrong_pairs(evidence: Evidence) -> Iterator[Suspicion]:
    """Arrays of crossed shapes, and metrics given what the model said in the place of the truth."""
    traces = evidence.training_traces
    trained = {op.place for trace in traces for loss in trace.losses for op in trace.behind(loss.number)}
    for pair in evidence.pairs:
        if pair.place is None or pair.place in trained:  # a loss by hand, of training and of evaluation
            continue
        if pair.how in ("-", "==", "!=") and reading.crossed(pair.said, pair.given):
            yield _crossed(pair)
        elif pair.how in _HAVE_SIDES and pair.said_first:
            yield _swapped(pair)


def _crossed(pair: Pair) -> Suspicion:
    rows = [
        Row("shape of the predictions", str(pair.said), "", pair.step),
        Row("shape of what they are compared with", str(pair.given)),
        Row(f"results of {pair.how}", pair.said[0] * pair.given[0]),
    ]
    fix = "give both arrays the same shape, as with predictions[:, 0] or ravel()"
    return _suspicion(pair, rows, fix, "every prediction is compared with every target")


def _swapped(pair: Pair) -> Suspicion:
    rows = [
        Row(f"first argument of {pair.how}", "what the model gave", "y_true is expected", pair.step),
        Row("calls of it", pair.calls),
    ]
    fix = f"give {pair.how} the truth first: {pair.how}(y_true, y_pred)"
    return _suspicion(pair, rows, fix, f"{pair.how} is given the predictions as the truth")


def _suspicion(pair: Pair, rows: list[Row], fix: str, summary: str) -> Suspicion:
    return Suspicion(
        pair.place,
        0.97,
        rows,
        fix,
        certain=True,
        summary=summary,
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


def padded(evidence: Evidence) -> Iterator[Suspicion]:
    """A printed share of right answers whose total has positions in it that the loss leaves out."""
    rows = [row for row in evidence.comparisons if row.total]
    if not any(row.ignored or row.left_out for row in rows):
        return
    shown = [one for one in reported.series(evidence) if not one.counts]
    for calls in _evaluations(evidence):
        for place in dict.fromkeys(row.place for row in rows):
            known = [row for row in rows if row.call in calls and row.place == place]
            found = _padded(evidence, place, known, shown)
            if found is not None:
                yield found
                return


def _evaluations(evidence: Evidence) -> list[set[int]]:
    """The calls of the model in each group of evaluations, and in all that are made from the same lines.

    Short samples have twins among the trained ones: a batch with many of them is in another group than its neighbours.
    """
    by_lines: dict[tuple[object, ...], set[int]] = {}
    groups = []
    for group in evaluated.groups(evidence):
        groups.append({batch.call for batch in group.batches})
        by_lines.setdefault((*group.stack, group.loader), set()).update(groups[-1])
    return groups + [calls for calls in by_lines.values() if calls not in groups]


def _padded(
    evidence: Evidence, place: Place, rows: list[Comparison], shown: list[reported.Series]
) -> Suspicion | None:
    """Of one line: whether the share that is printed is that of all places, padding among them.

    The padding is among what is compared, or a mask has left it out there and not where places are counted.
    """
    masked = all(row.left_out == row.unlearned for row in rows) and any(row.left_out for row in rows)
    by_step: dict[int, list[int]] = {}
    for row in rows:
        ignored = row.ignored + (row.left_out if masked else 0)
        counts = (row.right, row.total + (row.left_out if masked else 0), ignored, row.ignored_right)
        before = by_step.setdefault(row.step, [0, 0, 0, 0])
        by_step[row.step] = [a + b for a, b in zip(before, counts, strict=True)]
    with_padding = {step: right / total for step, (right, total, *_) in by_step.items()}
    without = {
        step: (right - ignored_right) / (total - ignored)
        for step, (right, total, ignored, ignored_right) in by_step.items()
        if total > ignored
    }
    all_ignored = sum(ignored for _, _, ignored, _ in by_step.values())
    share = all_ignored / max(1, sum(total for _, total, *_ in by_step.values()))
    if share < _PADDING or any(_prints(one, without) for one in shown):
        return None
    if not any(_prints(one, with_padding) for one in shown):
        return None
    step = max(by_step)
    return Suspicion(
        _total_place(place) or place,
        0.95,
        [
            Row("labels that the loss leaves out", round_to(100 * share), "% of those counted"),
            Row("right of all that is counted", round_to(100 * with_padding[step]), "%", step),
            Row("right of what is not left out", round_to(100 * without.get(step, 0.0)), "%", step),
        ],
        "count only where the label is not the ignored one, in the right answers and in the total",
        certain=True,
        summary="the total of the accuracy has padding in it, which the loss leaves out",
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


def _prints(shown: reported.Series, shares: dict[int, float]) -> bool:
    """Whether a series is these shares, or their percentage, to the last digit shown."""
    pairs = [(v, shares[s]) for s, v in zip(shown.steps, shown.values, strict=True) if s in shares]
    if (
        len(pairs) < max(_LEAST_PRINTED, 0.8 * len(shown.values))
        or len({v for v, _ in pairs}) < _LEAST_PRINTED
    ):
        return False
    values, given = (np.array(side) for side in zip(*pairs, strict=True))
    return any(
        bool((np.abs(values - scale * given) <= 0.6 * shown.grain + 1e-6).all())
        for scale in (1.0, 100.0)
        if shown.grain < 0.1 * scale
    )


def divided(place: Place) -> Place | None:
    """The division of what a line counts, in the function around it; None where there is none."""
    names = set(source.targets(place))
    around = source.functions(place)
    for node in source.nodes(place.file, ast.BinOp, ast.AugAssign):
        left = node.left if isinstance(node, ast.BinOp) else node.target  # type: ignore[attr-defined]
        if not isinstance(node.op, ast.Div) or source.functions(Place(place.file, node.lineno)) != around:  # type: ignore[attr-defined]
            continue
        inside = {n.id for n in ast.walk(left) if isinstance(n, ast.Name)}
        here = node.lineno <= place.line <= (node.end_lineno or node.lineno)  # type: ignore[attr-defined]
        if names & inside or here:
            return Place(place.file, node.lineno, place.function)  # type: ignore[attr-defined]
    return None


def _total_place(place: Place) -> Place | None:
    """The line that counts what the right answers of a line are divided by; else the division."""
    division = divided(place)
    if division is None:
        return None
    divisors = [
        node.right if isinstance(node, ast.BinOp) else node.value  # type: ignore[attr-defined]
        for node in source.nodes(place.file, ast.BinOp, ast.AugAssign)
        if node.lineno == division.line and isinstance(node.op, ast.Div)  # type: ignore[attr-defined]
    ]
    names = {n.id for divisor in divisors for n in ast.walk(divisor) if isinstance(n, ast.Name)}
    around = source.functions(place)
    for node in source.nodes(place.file, ast.AugAssign):
        line = Place(place.file, node.lineno, place.function)
        if names & set(source.targets(line)) and source.functions(line) == around:
            return line
    return division
