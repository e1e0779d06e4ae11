"""Raw logits go into a loss that expects probabilities or their logarithms.

What it sees:
    The first argument of `nll_loss` is not made by log-softmax or log and its exponentials do not sum to 1, or is a
    logarithm of numbers below 0 or above 1; that of `binary_cross_entropy` leaves 0..1 (PyTorch then raises), or raw
    scores were cut to 0..1 for it; that of `kl_div` is not a logarithm. Or a loss written out takes log(p) and log(1
    - p) of a p outside 0..1.

Why learning fails:
    `nll_loss` only picks the right class's entry and negates it: on raw logits the loss falls without end by
    raising every output, and nothing pushes the wrong classes down. `binary_cross_entropy` stops with an error;
    where scores are cut for it, no gradient comes back from those outside 0..1.

Example:
    loss = nn.NLLLoss()(model(x), y)        # the model returns logits

Fix:
    Use `nn.CrossEntropyLoss` (or `BCEWithLogitsLoss`) on logits, or end the model in `log_softmax` (or `sigmoid`).

    The line is that of the model's last operation, behind which the activation is missing: the loss says what the
    author meant the model to return. Where a layer of the script's own makes it, it is the line of the model's own
    `forward` that calls this layer: the layer may stand in the middle of a model as well.

Certainty:
    Certain: log-probabilities are never above 0 and sum to 1; values beyond 1e-3 of that are no rounding. Scores that
    are cut to 0..1 before the loss are named only where a sigmoid in place of the cut restores learning.

Look-alikes:
    A clamp behind a sigmoid, which keeps the logarithm finite. A hand-made log-softmax, which sums to 1 and is not
    reported. A log-softmax over the wrong axis
    (model/mixes-samples).

References:
    https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html, https://github.com/skorch-dev/skorch/issues/519
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import reading, symptoms, written_out
from vitreous.doctor.change import ChangeLoss, Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LossSite
from vitreous.record.places import Place

FAULT = Fault(
    "loss/logits-into-probability-loss",
    "error",
    "loss",
    "raw logits go into a loss that expects probabilities",
    settings=("criterion", "loss"),
)

_TOLERANCE = 1e-3
_CUTTING = frozenset(
    [
        "clamp", "clamp_", "clip", "clip_", "clamp_min", "clamp_min_", "clamp_max", "clamp_max_",
        "hardtanh", "hardtanh_", "relu", "relu_", "minimum", "maximum", "min", "max", "abs", "nan_to_num",
    ]
)  # fmt: skip
_PROBABILITIES = frozenset(["sigmoid", "sigmoid_", "softmax", "exp", "hardsigmoid"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each such loss that is given something else."""
    for site in evidence.loss_sites:
        known = site.input
        if known is None or known.minimum is None or known.maximum is None or not site.place:
            continue
        made = _made(evidence, site.name)
        if site.name == "nll_loss" and site.trained:
            normalized = (
                made is not None and made.name == "log_softmax"
            )  # over the wrong axis: model/mixes-samples
            logged = _logged(evidence)
            if logged is not None:
                yield _without_softmax(evidence, site, *logged)
                continue
            if normalized or (known.maximum <= _TOLERANCE and _sums_to_one(evidence)):
                continue
            softmax = made is not None and made.name == "softmax"
            fix = (
                "take log_softmax instead of softmax, or give logits to nn.CrossEntropyLoss"
                if softmax
                else "end the model in log_softmax, or use nn.CrossEntropyLoss instead of nn.NLLLoss"
            )
            yield _suspicion(evidence, site, made, fix, "softmax" if softmax else "logits")
        elif site.name == "kl_div" and site.trained and not site.target_graph and known.maximum > _TOLERANCE:
            softmax = made is not None and made.name == "softmax"
            fix = "give kl_div log-probabilities: log_softmax at the end of the model"
            yield _suspicion(evidence, site, made, fix, "softmax" if softmax else "logits")
        elif site.name == "binary_cross_entropy" and (known.minimum < 0 or known.maximum > 1) and site.calls:
            fix = "end the model in a sigmoid, or use nn.BCEWithLogitsLoss"
            yield _suspicion(evidence, site, made, fix, "sigmoid")
    yield from _cut(evidence)
    yield from _written_out(evidence)
    crash = evidence.crash
    if (
        crash is not None
        and "between 0 and 1" in crash.message
        and "target" not in crash.message.split("between")[0]
    ):
        yield _from_crash(evidence)


def _logged(evidence: Evidence) -> tuple[Op, Op] | None:
    """The logarithm in front of nll_loss and the raw scores that it is taken of; None where they are probabilities."""
    for trace in evidence.training_traces:
        found = next(written_out.picked(trace), None)
        if found is not None and written_out.is_no_probability(found[1].output):
            return found
    return None


def _without_softmax(evidence: Evidence, site: LossSite, log: Op, made: Op) -> Suspicion:
    known, place = made.output, log.blame
    low, high = (known.minimum or 0.0, known.maximum or 0.0) if known is not None else (0.0, 0.0)
    at = {"name": log.name, "file": place.file, "line": place.line} if place is not None else {}
    return Suspicion(
        reading.at_the_end(evidence, made, loss=site.stack) or place,
        0.96,
        [Row("the logarithm in front of nll_loss was taken of", f"{round_to(low)} to {round_to(high)}")],
        "end the model in softmax, or give its scores to nn.CrossEntropyLoss",
        certain=True,
        explains=[symptoms.FLAT, symptoms.DIVERGES, symptoms.NOT_A_NUMBER, symptoms.ONE_CLASS],
        trials=[Trial("log_softmax instead of the logarithm", {"how": "log", **at})] if at else [],
    )


def _cut(evidence: Evidence) -> Iterator[Suspicion]:
    """Scores that were cut to 0..1 until the loss took them: where they are cut, no gradient flows."""
    seen: set[Place | None] = set()
    for trace, loss in _calls(evidence, "binary_cross_entropy"):
        first, op = None, reading.shaped_from(trace, reading.prediction(trace, loss))
        while op is not None and op.name in _CUTTING and op.inputs:
            learned = [given for given in trace.inputs(op) if trace.learns(given)]
            first, op = op, trace.origin(learned[0]) if learned else None
        known = op.output if op is not None else None
        if first is None or first.place is None or op is None or op.name in _PROBABILITIES or known is None:
            continue
        low, high = known.minimum, known.maximum
        if low is None or high is None or (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):
            continue
        if first.place in seen:
            continue
        seen.add(first.place)
        at = {"name": first.name, "file": first.place.file, "line": first.place.line}
        if first.builtin and first.module_place:
            at["line"] = first.module_place.line
        yield Suspicion(
            first.blame,
            0.85,
            [
                Row("values before they are cut", f"{round_to(low)} to {round_to(high)}", "", trace.step),
                Row("they are cut by", first.name),
            ],
            f"make probabilities of the scores with sigmoid, not {first.name}; or use nn.BCEWithLogitsLoss",
            summary=f"{first.name} cuts raw logits to 0..1 for a loss that expects probabilities",
            explains=[symptoms.FLAT, symptoms.SLOW, symptoms.DIVERGES],
            trials=[Trial(f"sigmoid instead of {first.name}", {"how": "cut", **at})],
        )


def _written_out(evidence: Evidence) -> Iterator[Suspicion]:
    """What log(p) and log(1 - p) take for a probability, and is none."""
    seen: set[Place | None] = set()
    for trace in evidence.training_traces:
        root = trace.op(trace.root)
        for made in written_out.chances(trace):
            known = made.output
            if known is None or not written_out.is_no_probability(known) or made.place in seen:
                continue
            low, high = known.minimum or 0.0, known.maximum or 0.0
            seen.add(made.place)
            place = made.blame
            at = {"name": made.name, "file": place.file, "line": place.line} if place else {}
            at |= {"width": known.shape[1:]}
            yield Suspicion(
                reading.at_the_end(evidence, made, loss=root.stack if root else ()) or place,
                0.96,
                [Row("log(p) and log(1 - p) were given p from", f"{round_to(low)} to {round_to(high)}")],
                "end the model in a sigmoid, or use nn.BCEWithLogitsLoss",
                certain=True,
                explains=[symptoms.FLAT, symptoms.DIVERGES, symptoms.NOT_A_NUMBER],
                trials=[Trial("a sigmoid behind it", {"how": "behind", **at})] if place else [],
            )


def _calls(evidence: Evidence, name: str) -> Iterator[tuple[Trace, Op]]:
    """Every recorded call of a loss in training, the latest first."""
    for trace in reversed(evidence.training_traces):
        yield from ((trace, op) for op in trace.losses if op.name == name)


def _made(evidence: Evidence, name: str) -> Op | None:
    """What made the numbers that a loss is given."""
    shown = reading.losses(evidence, name)
    return next((reading.shaped_from(t, reading.prediction(t, op)) for t, op in shown), None)


def _from_crash(evidence: Evidence) -> Suspicion:
    crash = evidence.crash
    trace = evidence.traces[-1] if evidence.traces else None
    op = trace.op(crash.op) if trace and crash else None
    given = trace.inputs(op)[0] if trace and op and op.inputs else None
    known = given.output if given else None
    rows = [Row("PyTorch raised", crash.message.splitlines()[0][:120] if crash else "")]
    if known is not None and known.minimum is not None and known.maximum is not None:
        rows.append(
            Row("the loss was given values from", f"{round_to(known.minimum)} to {round_to(known.maximum)}")
        )
    made = reading.shaped_from(trace, given) if trace and given is not None else None
    place = (
        reading.at_the_end(evidence, made, loss=op.stack if op else ())
        if made is not None and made.kind == "op"
        else None
    )
    place = place or (op.blame if op else None) or (crash.places[0] if crash and crash.places else None)
    return Suspicion(
        place,
        0.95,
        rows,
        "end the model in a sigmoid, or use nn.BCEWithLogitsLoss",
        certain=True,
        trials=[Trial("a sigmoid in front of the loss", {"how": "sigmoid"})],
    )


def _suspicion(evidence: Evidence, site: LossSite, made: Op | None, fix: str, how: str) -> Suspicion:
    changed = {
        "softmax": "the logarithm taken",
        "logits": "log_softmax in front of the loss",
        "sigmoid": "a sigmoid in front of the loss",
    }
    known, place = site.input, site.module_place or site.place
    if made is not None and made.kind == "op":
        end = reading.at_the_end(evidence, made, loss=site.stack)
        place = (made.blame if how == "softmax" else end) or place
    low, high = (known.minimum, known.maximum) if known is not None else (None, None)
    return Suspicion(
        place,
        0.96,
        [Row(f"{site.name} was given values from", f"{round_to(low or 0.0)} to {round_to(high or 0.0)}")],
        fix,
        certain=True,
        explains=[symptoms.FLAT, symptoms.DIVERGES],
        trials=[Trial(changed[how], {"how": how})],
    )


def _sums_to_one(evidence: Evidence) -> bool:
    said = evidence.arrays.get("train.predictions")
    if said is None or said.ndim < 2 or not len(said):
        return False
    with np.errstate(over="ignore"):
        sums = np.exp(said[:200].astype(np.float64)).sum(axis=1)
    return bool(np.abs(sums - 1).max() < 10 * _TOLERANCE)


class _Squashed(SkipOp):
    """The results of an operation become probabilities; of its name at its line, only those of its width."""

    def __init__(self, name: str, file: str, line: int, width: list[int]) -> None:
        super().__init__(name, file, line)
        self.width = width

    def op_begin(self, event: OpCall) -> None:
        if self.is_meant(event):
            made = event.function(*event.args, **event.kwargs)
            event.replace(made.sigmoid() if list(made.shape[1:]) == self.width else made)


def intervene(settings: dict[str, Any]) -> Listener:
    """Puts in what the loss expects."""
    if settings["how"] == "behind":
        return _Squashed(settings["name"], settings["file"], settings["line"], settings["width"])
    if settings["how"] == "cut":
        return SkipOp(settings["name"], settings["file"], settings["line"], lambda x: x.sigmoid())

    if settings["how"] == "log":
        return SkipOp(settings["name"], settings["file"], settings["line"], lambda x: x.log_softmax(1))

    def change(event: LossCall) -> None:
        import torch

        if event.name in ("nll_loss", "kl_div"):
            softmax, axis = settings["how"] == "softmax", 1 if event.name == "nll_loss" else -1
            event.input = (
                event.input.clamp_min(1e-9).log() if softmax else torch.log_softmax(event.input, axis)
            )
        elif event.name == "binary_cross_entropy":
            event.input = torch.sigmoid(event.input)

    return ChangeLoss(change)
