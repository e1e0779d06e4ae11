"""Labels do not fit the outputs: 1..C instead of 0..C-1, more classes than outputs, codes other than 0 and 1.

What it sees:
    Class numbers outside 0..C-1 in cross-entropy (PyTorch raises); targets outside 0..1 in a binary cross-entropy; or
    class numbers that begin at 1 with one output too many, or too few. Labels 0 and 1 in a loss that wants -1 and 1:
    `hinge_embedding_loss`, `soft_margin_loss`, `margin_ranking_loss`, `cosine_embedding_loss`, or a product with the
    scores in a hinge, exponential or logistic loss written out (see `doctor/written_out.py`).

Why learning fails:
    Binary cross-entropy with a target of 2 has no lower end: the loss falls for ever while the answers get worse. A
    class without an output cannot be learned. In a loss of y·s, examples labelled 0 say nothing of their scores.

Example:
    y = torch.tensor(codes)                 # 1 good, 2 bad
    loss = nn.BCEWithLogitsLoss()(logits, y)

Fix:
    Number the classes from 0: `y - 1`, or `sklearn.preprocessing.LabelEncoder`.

Certainty:
    Certain: the targets were seen. A highest label of 255 is taken for the mark of what was not labelled. Of losses
    written out, named when the same loss is clearly lower with -1 in place of 0.

Look-alikes:
    `ignore_index` labels are left out of account. Soft targets between 0 and 1 are right. A mask of zeros and ones
    beside a loss, not in the product within it.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html; 255 as the mark of what is void:
    Everingham et al., The PASCAL Visual Object Classes challenge (2010)
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, slices, symptoms, trainers, variables, written_out
from vitreous.doctor.change import ChangeLoss, Listener
from vitreous.doctor.class_outputs import MoreOutputs
from vitreous.doctor.draws import TARGET
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.events import LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

FAULT = Fault("data/label-range", "error", "data", "labels do not fit the outputs")

_VOID = 255  # what masks of pictures mostly say where nobody decided
_SIGNED = frozenset(
    {"hinge_embedding_loss", "soft_margin_loss", "margin_ranking_loss", "cosine_embedding_loss"}
)
_CRASH = re.compile(r"Target (-?\d+) is out of bounds|t >= 0 && t < n_classes")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Targets of each loss against what the loss can take."""
    crash = evidence.crash
    if crash is not None and (
        _CRASH.search(crash.message)
        or "target values should be between" in crash.message.lower()
        or "all elements of target should be between" in crash.message
    ):
        yield _crashed(evidence)
        return
    for site in evidence.loss_sites:
        known = site.target
        if not site.trained or known is None or known.minimum is None or known.maximum is None:
            continue
        if site.target_graph:  # what stands in the target's place is the prediction: loss/swapped-arguments
            continue
        if site.name in ("binary_cross_entropy_with_logits", "binary_cross_entropy") and (
            known.minimum < 0 or known.maximum > 1
        ):
            low, high = known.minimum, known.maximum
            rows = [
                Row("targets are", f"{round_to(low)} to {round_to(high)}"),
                Row(f"{site.name} takes", "0 to 1"),
            ]
            yield Suspicion(
                _target_place(evidence, site.target),
                0.97,
                rows,
                f"turn the codes {low:g} and {high:g} into 0 and 1 before the loss",
                certain=True,
                explains=[symptoms.ONE_CLASS, symptoms.DIVERGES],
                trials=[Trial(f"targets {low:g}..{high:g} turned into 0..1", {"low": low, "high": high})],
            )
    yield from _one_sided(evidence)


def _one_sided(evidence: Evidence) -> Iterator[Suspicion]:
    """Labels 0 and 1 where a loss wants -1 and 1: half of the examples say nothing then."""
    found: dict[tuple[str, Place | None], list[tuple[Trace, Op]]] = {}
    for trace in evidence.training_traces:
        for op in trace.behind(trace.root):
            still = (
                [given for given in trace.inputs(op) if not trace.learns(given)] if op.name in _SIGNED else []
            )
            for given in still[-1:]:
                found.setdefault((op.name, op.place), []).append((trace, given))
        for product, labels in written_out.margins(trace):
            found.setdefault((product.name, product.place), []).append((trace, labels))
    for (name, place), several in found.items():
        trace, labels = several[-1]
        one = next((v for v in (1, -1) if all(_is_zero_or(v, given.output) for _, given in several)), None)
        if place is None or one is None:
            continue
        zeros = labels.output.zeros if labels.output and labels.output.zeros else 0.0
        settings = {"signed": name, "file": place.file, "line": place.line, "one": one}
        takes = name if name in _SIGNED else "the loss written out"
        yield Suspicion(
            _coded_at(trace, labels) or place,
            0.95 if name in _SIGNED else 0.85,
            [
                Row("labels are", "0 and 1"),
                Row(f"{takes} wants", "-1 and 1"),
                Row("examples labelled 0", round_to(100 * zeros), "%"),
            ],
            "turn the labels 0 and 1 into -1 and 1 (2 * y - 1) before the loss",
            certain=name in _SIGNED,
            summary=f"labels are 0 and 1, and {takes} wants -1 and 1",
            explains=[symptoms.ONE_CLASS, symptoms.SLOW],
            trials=[Trial("labels -1 and 1", settings)],
            metric="training loss",
        )


def _is_zero_or(one: int, seen: TensorFacts | None) -> bool:
    """Whether a tensor holds nothing but zeros and 1 (or -1, where the sign of a product is put there), and both."""
    if seen is None or seen.mean is None or seen.zeros is None or not seen.shape:
        return False
    both = sorted((0, one)) == [seen.minimum, seen.maximum]
    return both and math.isclose(one * seen.mean + seen.zeros, 1, abs_tol=1e-5)


def _coded_at(trace: Trace, labels: Op) -> Place | None:
    """The line that computes the labels' numbers, by the text behind the line where they become a tensor."""
    made = trace.origin(labels, SHAPING | {"neg", "__neg__"})
    if made is None or made.place is None:
        return None
    for expression in slices.behind(made.place, 1):
        if _codes(expression):
            return Place(made.place.file, expression.lineno)
    return made.place


def _codes(expression: ast.expr) -> bool:
    """Whether an expression gives labels their numbers: by a comparison, or as `1 - y`, `y - 1`."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Add, ast.Sub)):
        sides = (expression.left, expression.right)
        plain = [side for side in sides if isinstance(side, (ast.Name, ast.Attribute, ast.Subscript))]
        whole = [side for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, int)]
        return len(plain) == len(whole) == 1
    return any(isinstance(node, ast.Compare) for node in ast.walk(expression))


def _target_place(evidence: Evidence, target: Any) -> Any:
    """Where the targets become tensors."""
    made_there = reading.made_at(evidence, 1)
    if made_there is not None:
        return made_there
    shape = list(target.shape[1:])
    found = reading.source_of(evidence, shape, floating=target.dtype.startswith("float"))
    if found is None and shape == [1]:
        found = reading.source_of(evidence, [], floating=True)
    return found or reading.batch_place(evidence)


def _crash_place(evidence: Evidence, trace: Trace, op: Op) -> Any:
    """Where the labels that a loss refused became a tensor."""
    crash = evidence.crash
    if crash is not None and any(map(trainers.runs, crash.places)):
        in_the_set = reading.made_at(evidence, 1)
        if in_the_set is not None:
            return in_the_set
    made = trace.inputs(op)[1:2]
    given = reading.shaped_from(trace, made[0]) if made else None
    if given is not None and given.place is not None and given.place != op.place:
        return given.place
    held = _target_place(evidence, made[0].output) if made and made[0].output else None
    return held if held is not None and held != op.place else variables.made(op.place, 1) or held


def _crashed(evidence: Evidence) -> Suspicion:
    crash = evidence.crash
    site = evidence.loss_sites[-1] if evidence.loss_sites else None
    trace = evidence.traces[-1] if evidence.traces else None
    op = trace.op(crash.op) if trace and crash else None
    rows = [Row("PyTorch raised", crash.message.splitlines()[0][:120] if crash else "")]
    place = op.blame if op else None
    if trace is not None and op is not None:
        found = _misnumbered(evidence, trace, op, rows) if len(op.inputs) > 1 else None
        if found is not None:
            return found
        if op.name.startswith("binary_cross_entropy"):
            return _binary(evidence, trace, op, rows)
        behind = trace.behind(op.inputs[0]) if op.inputs else []
        last = next((o for o in behind if o.name in ("linear", "conv1d", "conv2d")), None)
        place = (last.blame if last else None) or place
    place = place or (site.place if site else None) or (crash.places[0] if crash and crash.places else None)
    return Suspicion(
        place,
        0.9,
        rows,
        "give the model as many outputs as there are classes, and number these from 0",
        certain=True,
        trials=[Trial("outputs for the classes that have none", {"more": True})]
        if "cross_entropy" in (op.name if op else "", site.name if site else "")
        else [],
    )


def _misnumbered(evidence: Evidence, trace: Trace, op: Op, rows: list[Row]) -> Suspicion | None:
    """Labels whose range says what is wrong with them; what is seen of them is added to the rows."""
    given, target = (i.output for i in trace.inputs(op)[:2])
    low = high = None
    if target is not None and target.minimum is not None and target.maximum is not None:
        low, high = target.minimum, target.maximum
        rows.append(Row("labels are", f"{low:g} to {high:g}"))
    if given is None or len(given.shape) < 2:
        return None
    outputs = given.shape[1]
    rows.append(Row("outputs of the model", outputs, f"so labels must be 0 to {outputs - 1}"))
    if low is not None and low < 0:
        return Suspicion(
            _crash_place(evidence, trace, op) or op.place, 0.95, rows,
            f"number the classes from 0; where {low:g} means no class, pass ignore_index={low:g} to the loss",
            certain=True, summary="a label is negative", trials=[_from_zero(low, high, outputs)],
        )  # fmt: skip
    if high == _VOID and outputs < _VOID and "binary" not in op.name:
        return Suspicion(
            op.blame or op.place, 0.95, rows,
            f"where {_VOID} means no class, as in masks of pictures, pass ignore_index={_VOID} to the loss",
            certain=True, summary=f"a label is {_VOID}, which is no class",
            trials=[Trial(f"labels of {_VOID} left out of the loss", {"void": _VOID})],
        )  # fmt: skip
    if low is not None and low >= 1 and high == outputs:
        place = _crash_place(evidence, trace, op)
        return Suspicion(
            slices.shifted(place, 1, low) or slices.appended(place, TARGET) or place or op.place, 0.97, rows,
            "number the classes from 0: subtract 1 from the labels",
            certain=True, trials=[Trial("1 subtracted from the labels", {"shift": 1})],
        )  # fmt: skip
    return None


def _from_zero(low: float, high: float | None, outputs: int) -> Trial:
    """Negative labels numbered from 0, where the others leave room for them; else left out."""
    if high is not None and high - low < outputs and high < outputs - 1:
        return Trial(f"{-low:g} added to the labels", {"shift": int(low)})
    return Trial(f"labels of {low:g} left out of the loss", {"void": low})


def _binary(evidence: Evidence, trace: Trace, op: Op, rows: list[Row]) -> Suspicion:
    """A binary cross-entropy that refused its targets."""
    target = trace.inputs(op)[1].output if len(op.inputs) > 1 else None
    low, high = (target.minimum, target.maximum) if target is not None else (None, None)
    known = low is not None and high is not None and low != high
    return Suspicion(
        _crash_place(evidence, trace, op) or op.blame,
        0.97,
        [*rows, Row(f"{op.name} takes", "0 to 1")],
        f"turn {f'the codes {low:g} and {high:g}' if known else 'the labels'} into 0 and 1 before the loss",
        certain=True,
        trials=[Trial("labels turned into 0..1", {"low": low, "high": high})] if known else [],
    )


class _Signed(Listener):
    """Labels 0 and 1 that an operation at a line is given become -1 and 1; so do 0 and -1 the other way round."""

    def __init__(self, signed: str, file: str, line: int, one: int) -> None:
        self.name, self.at, self.one = signed, (file, line), one

    def op_begin(self, event: OpCall) -> None:
        if event.name == self.name and event.place and (event.place.file, event.place.line) == self.at:
            event.args = tuple(self._changed(given) for given in event.args)
            event.kwargs = {name: self._changed(given) for name, given in event.kwargs.items()}

    def _changed(self, given: Any) -> Any:
        import torch

        if not isinstance(given, torch.Tensor) or given.requires_grad or given.ndim == 0:
            return given
        return 2 * given - self.one if bool(((given == 0) | (given == self.one)).all()) else given


def intervene(settings: dict[str, Any]) -> Listener:
    """Labels that fit."""
    if "more" in settings:
        return MoreOutputs()
    if "signed" in settings:
        return _Signed(**settings)

    def change(event: LossCall) -> None:
        if "void" in settings:
            from vitreous.record.measure import IGNORED

            if not event.target.is_floating_point():
                event.target = event.target.masked_fill(event.target == settings["void"], IGNORED)
        elif "shift" in settings:
            if not event.target.is_floating_point():
                event.target = event.target - settings["shift"]
        elif event.name.startswith("binary_cross_entropy"):
            event.target = (event.target - settings["low"]) / (settings["high"] - settings["low"])

    return ChangeLoss(change)
