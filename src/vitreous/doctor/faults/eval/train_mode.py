"""Evaluation runs in train mode: dropout is on, and batch normalization uses and updates batch statistics.

What it sees:
    Passes without a backward pass whose results a loss or a metric uses, with the model in training mode and dropout
    or batch normalization in it: from a line that trains nothing, or on samples that are never trained (a loop over
    phases trains and evaluates from one line). Or a dropout function that drops in such a pass
    although the model is in eval mode, since it was not told: F.dropout drops unless it is given training=False.

Why it matters:
    Figures are those of a crippled network and change from call to call; batch normalization also learns from the
    validation data. Early stopping and model selection then choose by noise.

Example:
    with torch.no_grad():
        val_loss = criterion(model(x_val), y_val)        # model.eval() was not called

Fix:
    Call `model.eval()` before evaluating, and `model.train()` before training goes on.

Certainty:
    Certain when 90% of such passes from a line ran so, and they came less often than every second step. A dropout
    function must have dropped with gradients off, in a model that is in eval mode and trained elsewhere.

Look-alikes:
    Monte-Carlo dropout evaluates the same samples several times, or has only the dropout layers in training mode.
    Refreshing batch statistics (update_bn) uses no result. A generator's samples for its critic come at every step.

References:
    https://github.com/ipolharvard/ethos-ares/issues/20
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import edits, evaluated, reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import PassSite
from vitreous.record.places import Place

FAULT = Fault("eval/train-mode", "error", "evaluation", "evaluation runs in train mode")

_SHARE = 0.9


_DROPS = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each line that evaluates a model in training mode, or drops whatever the mode."""
    yield from _always_drops(evidence)
    for site in evidence.sites:
        if not site.evaluated or site.training_mode < _SHARE * site.evaluated or site.place is None:
            continue
        model = evidence.models[site.model]
        apart = evaluated.on_held_out(evidence, site) if site.trained else _trained_elsewhere(evidence, site)
        if not apart or not site.whole_training or not site.result_used:
            continue
        steps = {p.step for p in evidence.passes if p.site == site.number}
        if len(steps) * 2 > max(2, len(evidence.steps)) or steps <= {0} or _repeated(evidence):
            continue
        block = reading.enclosing(site.place, *reading.WITH)
        line = block[-1].lineno if block else site.place.line
        place = (
            Place(site.place.file, line, site.place.function) if site.place.line - line <= 6 else site.place
        )
        name = edits.only_receiver(site.place, "train")  # which also sets it back
        rows = [
            Row("evaluation passes in train mode", site.training_mode, f"of {site.evaluated}"),
            Row(
                "layers that act differently then",
                len(model.sensitive),
                f"as {model.sensitive[0] or model.kind}",
            ),
        ]
        yield Suspicion(
            place,
            0.95,
            rows,
            f"call model.eval() before measuring (line {place.line}), and model.train() before training goes on",
            certain=True,
            edits=edits.some(edits.insert_before(place, f"{name}.eval()")) if name else [],
            explains=[symptoms.EVALUATION_WRONG, symptoms.GAP],
            trials=[Trial("eval mode in evaluation", _at(evidence, site))],
            metric="evaluation loss",
        )


def _at(evidence: Evidence, site: PassSite) -> dict[str, Any]:
    place = site.place
    trains = any(other.trained and other.place == place for other in evidence.sites)
    return {"file": place.file if place else "", "line": place.line if place else 0, "only_off": trains}


def _always_drops(evidence: Evidence) -> Iterator[Suspicion]:
    """A dropout function that drops in a pass with gradients off, while the model is in eval mode."""
    by_line = {(site.model, site.place): site for site in evidence.sites}
    whole = [
        site for site in by_line.values() if site.evaluated and not site.trained and not site.whole_training
    ]
    if not whole or _repeated(evidence):
        return
    seen: set[Place] = set()
    for trace in evidence.traces:
        for op in trace.ops:
            drops = op.name in _DROPS and not op.grad and not op.builtin and op.place is not None
            if not drops or op.place in seen or not op.arguments.get("training", op.arguments.get("2", True)):
                continue
            if not any(site.place in op.stack for site in whole) or not _loses(trace, op):
                continue
            seen.add(op.place)  # type: ignore[arg-type]
            share = op.arguments.get("p", op.arguments.get("1", 0.5))
            yield Suspicion(
                op.place,
                0.95,
                [Row("share dropped in evaluation", share), Row("mode of the model then", "eval")],
                "pass training=self.training to the function, or use nn.Dropout, which model.eval() turns off",
                certain=True,
                summary="dropout stays on in evaluation: the function is not told the mode",
                explains=[symptoms.EVALUATION_WRONG, symptoms.GAP],
                trials=[Trial("no dropout in evaluation", {"drops": op.name})],
                metric="evaluation loss",
            )


def _loses(trace: Trace, op: Op) -> bool:
    """Whether more of the result is zero than of what went in: something was dropped."""
    given = trace.inputs(op)[0].output if op.inputs and trace.inputs(op) else None
    before, after = (facts.zeros if facts is not None else None for facts in (given, op.output))
    return after is not None and after > (before or 0.0) + 0.02


def _trained_elsewhere(evidence: Evidence, site: PassSite) -> bool:
    return any(other.model == site.model and other.trained for other in evidence.sites)


def _repeated(evidence: Evidence) -> bool:
    """Whether the same samples are evaluated again and again at the same step: an average over dropout."""
    prints, steps = evidence.arrays.get("evaluation.prints"), evidence.arrays.get("evaluation.print_steps")
    if prints is None or steps is None or not len(prints):
        return False
    now = steps == steps[-1]
    calls = evidence.arrays["evaluation.print_calls"][now]
    batches = [tuple(part) for part in np.split(prints[now], np.flatnonzero(np.diff(calls)) + 1)]
    again = max(Counter(batches).values())  # the same batch in several calls, or several times over in one
    return again >= 3 or any(_tiled(batch) for batch in batches)


def _tiled(batch: tuple[int, ...]) -> bool:
    counts = set(Counter(batch).values())
    return len(counts) == 1 and min(counts) >= 3


class _Eval(Listener):
    """Eval mode for calls from a line, and training mode again behind them.

    Args:
        only_off: Only while gradients are off: the same line trains, too.
    """

    def __init__(self, file: str, line: int, *, only_off: bool) -> None:
        self.file, self.line, self.only_off = file, line, only_off

    def module_begin(self, event: ModuleCall) -> None:
        import torch

        place = event.place if event.depth == 0 else None
        if place is None or (self.only_off and torch.is_grad_enabled()):
            return
        if (place.file, place.line) == (self.file, self.line) and event.module.training:
            event.note["again"] = True
            event.module.eval()

    def module_end(self, event: ModuleCall) -> None:
        if event.note.get("again"):
            event.module.train()


class _DropNothing(Listener):
    """Dropout functions give back their input while gradients are off."""

    def __init__(self, name: str) -> None:
        self.name = name

    def op_begin(self, event: OpCall) -> None:
        import torch

        if event.name == self.name and event.args and not torch.is_grad_enabled():
            event.replace(event.args[0])


def intervene(settings: dict[str, Any]) -> Listener:
    """Evaluation in eval mode."""
    if "drops" in settings:
        return _DropNothing(settings["drops"])
    return _Eval(**settings)
