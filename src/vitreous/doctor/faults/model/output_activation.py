"""The last activation cannot reach the targets.

What it sees:
    The prediction that a regression loss is given comes from sigmoid, tanh, ReLU or softmax, and a good part of the
    targets lies outside of what that can return (where no loss of torch's is given both, a difference written out of
    the two tells), also where only some of the outputs are compared, as the values of the actions taken; or ReLU, tanh
    or sigmoid makes the logits of a classification loss.

Why learning fails:
    Targets out of reach leave an error that no weights can remove; ReLU at the end also stops all gradients of a unit
    once it is negative.

Example:
    decoder = nn.Sequential(nn.Linear(24, 30), nn.Sigmoid())        # the data are standardized, not in 0..1

Fix:
    End a regression with the linear layer, or scale the targets into the activation's range.

Certainty:
    Certain for regression when more than 2% of the targets seen lie outside the range by more than 1% of it. For ReLU
    before cross-entropy: named when leaving it out is clearly better.

Look-alikes:
    Targets within the range (pixels in 0..1 and sigmoid; counts and ReLU or softplus) are right.

References:
    Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.2.2
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import differences, edits, reading, symptoms
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import SHAPING, Op
from vitreous.record.events import OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "model/output-activation",
    "error",
    "forward",
    "the last activation cannot reach the targets",
    changes_outputs=True,
)

_RANGES = {
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu_": (0.0, np.inf),
    "softplus": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "log_softmax": (-np.inf, 0.0),
    "logsigmoid": (-np.inf, 0.0),
    "tanh_": (-1.0, 1.0),
    "sigmoid_": (0.0, 1.0),
    "leaky_relu": (-np.inf, np.inf),
}
_REGRESSION = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "gaussian_nll_loss")
_LOGITS = ("cross_entropy", "binary_cross_entropy_with_logits")
_RECTIFIED = frozenset(["relu", "relu_", "relu6", "tanh", "tanh_", "hardtanh"])
_BOUNDED = _RECTIFIED | {"sigmoid", "sigmoid_", "hardsigmoid"}
# Some of the outputs, as those of the actions taken, are within the same limits as all of them.
_TAKEN = SHAPING | {"gather", "take_along_dim", "index_select", "masked_select"}
_OUTSIDE, _MARGIN = 0.02, 0.01


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each loss with a bounded prediction."""
    for trace, loss in reading.losses(evidence):
        made = trace.origin(reading.prediction(trace, loss), _TAKEN)
        if made is None or made.name not in _RANGES or made.blame is None:
            continue
        if loss.name in _LOGITS:
            if made.name in (_BOUNDED if loss.name == "cross_entropy" else _RECTIFIED):
                yield _on_logits(evidence, made, loss)
        elif loss.name in _REGRESSION or loss.name not in ("nll_loss", "binary_cross_entropy", "kl_div"):
            found = _unreachable(evidence, loss.name, reading.target(trace, loss), made)
            if found is not None:
                yield found
    for trace in evidence.training_traces[:1] if not evidence.loss_sites else ():
        both = differences.difference(trace)
        made = trace.origin(both[1], _TAKEN) if both is not None else None
        if both is not None and made is not None and made.name in _RANGES:
            found = _unreachable(evidence, "mse_loss", both[2], made)
            if found is not None:
                yield found


def _unreachable(evidence: Evidence, loss: str, target: Op | None, made: Op) -> Suspicion | None:
    low, high = _RANGES[made.name]
    known = target.output if target else None
    values = evidence.arrays.get("train.targets")
    same = values is not None and known is not None and list(values.shape[1:]) == known.shape[1:]
    if values is not None and same and values.size:
        margin = _MARGIN * (high - low if np.isfinite(high - low) else 1.0)
        outside = float(((values < low - margin) | (values > high + margin)).mean())
        least, most = float(np.nanmin(values)), float(np.nanmax(values))
    elif (
        known is not None and known.minimum is not None and known.maximum is not None and loss in _REGRESSION
    ):
        least, most = known.minimum, known.maximum
        outside = 1.0 if most > high + 0.5 or least < low - 0.5 else 0.0
    else:
        return None
    if outside <= _OUTSIDE or made.blame is None:
        return None
    place = made.blame
    rows = [
        Row(f"{made.name} returns", f"{low:g} to {high:g}"),
        Row("the targets are", f"{round_to(least)} to {round_to(most)}"),
        Row("targets out of reach", round_to(100 * outside), "%"),
    ]
    return Suspicion(
        place,
        0.95,
        rows,
        f"no {reading.written(made)} at the end (the targets are not in {low:g}..{high:g})",
        certain=True,
        edits=_without(evidence, made),
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.DEAD_UNITS],
        trials=_left_out(evidence, made),
    )


def _left_out(evidence: Evidence, made: Op) -> list[Trial]:
    """The run without the last activation; where one line makes those of all layers, without that one alone."""
    if made.blame is None:
        return []
    settings = {"name": made.name, "file": made.blame.file, "line": made.blame.line}
    if _has_twins(evidence, made):
        settings["module"] = made.module
    return [Trial(f"the last {made.name} left out", settings)]


def _without(evidence: Evidence, made: Op) -> list[Edit]:
    """The source without it; of a line that makes the activations of other layers, too, nothing can be taken out."""
    if made.blame is None or _has_twins(evidence, made):
        return []
    names = ("sigmoid", "tanh", "relu", "softmax", "Sigmoid", "Tanh", "ReLU", "Softmax")
    return edits.some(edits.unwrapped(made.blame, *names))


def _has_twins(evidence: Evidence, made: Op) -> bool:
    """Whether the line that makes a module makes others of its kind for the same network, as a loop does."""
    return any(
        sum(module.kind == made.module_kind and module.place == made.module_place for module in model.modules)
        > 1
        for model in evidence.models
        if made.builtin and made.module_place is not None
    )


def _on_logits(evidence: Evidence, made: Op, loss: Op) -> Suspicion:
    place = made.blame
    rows = [Row(f"input of {loss.name} is the output of", made.name)]
    if made.output and made.output.zeros is not None:
        rows.append(Row("logits that are exactly zero", round_to(100 * made.output.zeros), "%"))
    return Suspicion(
        place,
        0.9,
        rows,
        f"no {made.name} at the end: {loss.name} takes logits of any sign and size",
        certain=True,
        edits=_without(evidence, made),
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.DEAD_UNITS],
        trials=_left_out(evidence, made),
    )


class _SkipModule(SkipOp):
    """Of the modules made at a line, the one at this path in its network."""

    def __init__(self, name: str, file: str, line: int, module: str) -> None:
        super().__init__(name, file, line)
        self.module = module

    def is_meant(self, event: OpCall) -> bool:
        return super().is_meant(event) and event.path == self.module


def intervene(settings: dict[str, Any]) -> Listener:
    """The linear layer is the last."""
    return _SkipModule(**settings) if "module" in settings else SkipOp(**settings)
