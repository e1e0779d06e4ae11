"""Cross-entropies that a script writes out itself: what such a loss is where nothing is known.

Of a loss of torch.nn.functional the answers are compared with the labels at every step; of one written by hand only
operations are known. But that a number in nats is the logarithm of how many classes there are tells as much.
"""

from __future__ import annotations

import math
import statistics

from vitreous.doctor import reading, written_out
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence

_PICKS = frozenset(["gather", "take_along_dim", "__getitem__"])
_LOGARITHMS = frozenset(["log", "logsumexp", "log_softmax", "log1p", "logaddexp", "log_"])
_SAME, _ROUNDING = 1e-3, 1e-5
_LEAST = 3  # recorded steps


def nats_of_chance(evidence: Evidence) -> float | None:
    """The loss of who knows only how often there is what, where the loss is minus the log of the label's probability.

    Of several classes it is the logarithm of their number: one entry of each row of classes is picked by whole numbers
    that are data. Of yes and no it is the entropy of the labels: zeros and ones that are data are multiplied with what
    comes of a sigmoid. At every recorded step the loss must be the mean, but for its sign, of something that is nowhere
    positive (or nowhere negative). None for any other loss.
    """
    traces = evidence.training_traces
    counts = {_classes(trace) for trace in traces}
    if len(traces) >= _LEAST and len(counts) == 1 and None not in counts:
        return math.log(counts.pop() or 1)
    shares = [share for trace in traces if (share := _share_of_ones(trace)) is not None]
    if len(shares) < _LEAST or len(shares) < len(traces):
        return None
    yes = statistics.fmean(shares)
    return -yes * math.log(yes) - (1 - yes) * math.log(1 - yes) if 0 < yes < 1 else None


def _share_of_ones(trace: Trace) -> float | None:
    """Of the labels of a logistic loss, which are zeros and ones."""
    root, behind = trace.op(trace.root), trace.behind(trace.root)
    logits = [
        op for op in behind if written_out.logistic(trace, op) is not None and written_out.is_last(trace, op)
    ]
    if root is None or not logits or not any(_is_likelihood(op, root) for op in behind):
        return None
    for product in behind:
        for side in trace.inputs(product) if product.name in written_out.TIMES else ():
            share = _ones(side)  # what is cheap to ask of a factor is asked before its history
            if share is not None and not trace.learns(side):
                return share
    return None


def _ones(op: Op) -> float | None:
    """The share of ones among zeros and ones of one result."""
    seen = op.output
    if seen is None or seen.mean is None or seen.zeros is None or not seen.shape or (seen.minimum or 0) < 0:
        return None
    binary = seen.maximum in (0, 1) and math.isclose(seen.mean + seen.zeros, 1, abs_tol=1e-4)
    return seen.mean if binary else None


def _classes(trace: Trace) -> int | None:
    """How many classes the one pick behind the loss of a step chooses from."""
    root = trace.op(trace.root)
    behind = trace.behind(trace.root)
    picks = [(op, count) for op in behind if (count := _picked_from(trace, op)) is not None]
    if root is None or len(picks) != 1 or not any(op.name in _LOGARITHMS for op in behind):
        return None
    pick, count = picks[0]
    path = [pick, *reading.path_between(trace, pick.number, root.number)]
    return count if any(_is_likelihood(op, root) for op in path) else None


def _picked_from(trace: Trace, op: Op) -> int | None:
    """The length of the last axis, of which an operation takes one entry a row; None where it does not."""
    if op.name not in _PICKS or op.output is None:
        return None
    inputs = trace.inputs(op)
    if len(inputs) < 2 or inputs[0].output is None:
        return None
    whole = [i for i in inputs[1:] if i.output is not None and i.output.dtype.startswith("int")]
    shape, made = inputs[0].output.shape, op.output.shape
    if len(whole) != len(inputs) - 1 or len(shape) < 2 or shape[-1] < 2:
        return None
    if trace.learns(whole[-1]) or not trace.learns(inputs[0]):
        return None
    one = made == [*shape[:-1], 1] if op.name != "__getitem__" else made == shape[:-1]
    return shape[-1] if one else None


def _is_likelihood(op: Op, root: Op) -> bool:
    """Whether these numbers are logarithms of probabilities, or minus them, with the loss as their mean."""
    out, loss = op.output, root.output
    if out is None or loss is None or out.mean is None or loss.mean is None or not out.shape:
        return False
    one_sign = (out.maximum or 0.0) <= _ROUNDING or (out.minimum or 0.0) >= -_ROUNDING
    return one_sign and math.isclose(abs(out.mean), loss.mean, rel_tol=_SAME)
