"""Printed shares of right answers that are divided by something else than the number of samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from vitreous.doctor import counting, metrics, reported, symptoms
from vitreous.doctor.fault import Row, Suspicion, round_to
from vitreous.doctor.reported import Counted, Series
from vitreous.record.dataflow import Op
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_NEAR = 0.05


def suspicions(evidence: Evidence, compared: list[Op]) -> Iterator[Suspicion]:
    """A figure that is the right answers over something else than the samples.

    Args:
        evidence: Of the run.
        compared: The recorded comparisons of answers with labels.
    """
    places = {op.place for op in compared if op.place is not None}
    shown, groups = reported.series(evidence), reported.counted(evidence, places)
    for known in groups:
        if any(_is_right(one, known) for one in shown):
            continue  # other numbers beside the right one are about something else
        for one in shown:
            if one.counts:
                continue
            wrong = _wrong_total(evidence, compared, one, known)
            if wrong is not None:
                yield wrong
                return


def _is_right(shown: Series, known: Counted) -> bool:
    """Whether a series is the share of right answers of each evaluation, or its percentage."""
    at = dict(zip(known.steps, known.shares.tolist(), strict=True))
    pairs = [(value, at[step]) for step, value in zip(shown.steps, shown.values, strict=True) if step in at]
    return len(pairs) > 1 and any(
        all(abs(value - scale * share) <= 0.6 * shown.grain + 1e-6 for value, share in pairs)
        for scale in (1.0, 100.0)
        if shown.grain < 0.1 * scale
    )


def _wrong_total(evidence: Evidence, compared: list[Op], shown: Series, known: Counted) -> Suspicion | None:
    factor = reported.factor(shown, known.steps, known.right)
    samples = float(np.median(known.total))
    if factor is not None:
        if _means_something(factor, samples):
            return None
        batches = float(np.median(list(Counter(batch.step for batch in known.group.batches).values())))
        by_batches = abs(1 / factor / batches - 1) < _NEAR
        divisor = (1 if by_batches or factor * samples < 50 else 100) / factor
        says = f"the right answers are divided by {divisor:.4g}, of {samples:g} samples there are"
        says += f": that is how many batches there are ({batches:g})" if by_batches else ""
        what, fix = says, f"divide by the number of samples that are evaluated ({samples:g})"
    elif reported.factor(shown, known.steps, known.last) is not None:
        what = "only the right answers of the last batch are counted"
        fix = "add up the right answers of all batches: += instead of ="
    else:
        so_far = np.cumsum(known.right)
        total = reported.factor(shown, known.steps, so_far)
        share = reported.factor(shown, known.steps, so_far / np.cumsum(known.total))
        if not (total is not None and _means_something(total, samples) and total != 1) and not (
            share is not None and _means_something(share, 1.0)
        ):
            return None
        what = "right answers of all evaluations so far are counted together"
        fix = "set the count of right answers (and of samples) back to zero before each evaluation"
    place = _division_place(evidence, compared) or _divided_where_shown(shown) or shown.place
    return Suspicion(
        place,
        0.95,
        [
            Row("right answers at the last evaluation", int(known.right[-1]), f"of {int(known.total[-1])}"),
            Row("share that is right", round_to(100 * float(known.shares[-1])), "%"),
            Row("what is printed", round_to(shown.values[-1], 4), "", shown.steps[-1]),
        ],
        fix,
        certain=True,
        summary=what,
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


def _means_something(factor: float, samples: float) -> bool:
    """Whether a factor makes a count (1), a share or percent of it; a short last batch may be left out of account."""
    return any(abs(factor * of - 1) < _NEAR for of in (1.0, samples, samples / 100))


def _divided_where_shown(shown: Series) -> Place | None:
    """The same line, followed by name from the print back to what counts."""
    counts = counting.counted_at(shown.place, shown.number)
    return metrics.divided(counts) or counts if counts is not None else None


def _division_place(evidence: Evidence, compared: list[Op]) -> Place | None:
    """The line that divides the count: followed by name from the comparison, outwards through the calls."""
    places = [
        [op.place, *op.stack] for op in compared if op.place is not None and op.place.file == evidence.script
    ]
    for around in reversed(places):
        for place in around:
            divided = metrics.divided(place) if place is not None else None
            if divided is not None:
                return divided
    return places[-1][0] if places else None
