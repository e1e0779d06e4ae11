"""The model ends in softmax, and the loss applies softmax again.

What it sees:
    The first argument of `cross_entropy` comes from softmax, or from log-softmax, with nothing but changes of shape
    between; or the first argument of `nll_loss` from softmax without a logarithm. Of a loss written out: scores that a
    log-softmax or log-sum-exp is taken of on the way to the loss come from softmax. Either may be written by hand
    (`e / e.sum(1, keepdim=True)`, `log(exp(z).sum(1)) - z[rows, y]`; see `doctor/written_out.py`).

Why learning fails:
    Cross-entropy applies log-softmax itself. Given probabilities, it can tell classes apart by a factor e at most:
    the loss cannot fall below ln(1 + (C-1)/e), and its gradient is a small part of what it should be.

Example:
    model = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
    loss = nn.CrossEntropyLoss()(model(x), y)

Fix:
    Let the model return logits; apply softmax only where probabilities are shown.

Certainty:
    Certain: read from the operations themselves, those written out too. log-softmax in front of cross-entropy changes
    nothing in the value (it is idempotent), so it is not reported.

Look-alikes:
    A softmax inside the model (attention, mixture weights) whose result is used further on. Probabilities as
    *targets* are right. The logarithm of a softmax is a log-softmax, and right.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, https://github.com/pytorch/pytorch/issues/55902
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, symptoms, written_out
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "loss/softmax-before-cross-entropy",
    "warning",
    "loss",
    "softmax stands before cross-entropy, which applies it",
)

_LEAST = 1e-30  # of a power, so that its logarithm is a number


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each cross-entropy, torch's or written out, whose input is made by softmax."""
    seen: set[Place | None] = set()
    for trace, taken, given in _normalized(evidence):
        made = reading.shaped_from(trace, given)
        if made is None or made.place in seen or not written_out.is_softmax(trace, made):
            continue
        if not trace.learns(made):
            continue
        seen.add(made.place)
        named = made.name in ("softmax", "softmin")
        place = made.blame
        said = reading.used_in_training(evidence, made) if not made.builtin else place
        loss = taken.name if taken.name == "cross_entropy" else "the cross-entropy written out"
        rows = [Row(f"input of {loss} is the output of", made.name if named else "a softmax written out", "")]
        if made.output and made.output.minimum is not None and made.output.maximum is not None:
            rows.append(
                Row("its range", f"{round_to(made.output.minimum)} to {round_to(made.output.maximum)}")
            )
        what = f"nn.{made.module_kind}" if made.builtin else "the softmax"
        settings = {"name": made.name, "file": place.file, "line": place.line} if place else {}
        yield Suspicion(
            said,
            0.98,
            rows,
            f"drop {what}: {loss} takes logits",
            certain=True,
            edits=edits.some(edits.unwrapped(place, "softmax", "log_softmax", "Softmax")),
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("the softmax left out", settings)] if settings else [],
        )


def _normalized(evidence: Evidence) -> Iterator[tuple[Trace, Op, Op | None]]:
    """What makes log-probabilities of scores in a loss, and these scores."""
    for trace, loss in reading.losses(evidence, "cross_entropy"):  # before nll_loss a logarithm is missing
        yield trace, loss, reading.prediction(trace, loss)
    for trace in evidence.training_traces:
        for op in trace.behind(trace.root):
            scores = written_out.normalized(trace, op)
            if scores is not None:
                yield trace, op, scores


class _Powers(SkipOp):
    """A division of powers by their sum gives their logarithm: the scores, less the same number for all classes."""

    def op_begin(self, event: OpCall) -> None:
        tensors = [given for given in event.args[:2] if hasattr(given, "clamp_min")]
        if len(tensors) == 2 and bool((tensors[0] >= 0).all()):
            super().op_begin(event)


def intervene(settings: dict[str, Any]) -> Listener:
    """Passes the logits on."""
    if settings["name"] in written_out.DIVISIONS:
        return _Powers(**settings, result=lambda powers: powers.clamp_min(_LEAST).log())
    return SkipOp(settings["name"], settings["file"], settings["line"])
