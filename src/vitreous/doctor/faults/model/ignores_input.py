"""The model's output does not depend on its input.

What it sees:
    When the program had ended, the model was given other inputs of the same kind (a batch's rows in another order, and
    noise added), and its output stayed exactly the same, up to rounding, though the inputs differ.

Why learning fails:
    Whatever comes in, the same comes out: at best the average target is learned.

Example:
    out, state = self.lstm(x, (h, c))
    return self.fc(h[-1])                   # the initial state, not the one the LSTM returned

Fix:
    Follow the input through `forward` to the output, and use what the layers return.

Certainty:
    Certain when the graph of a recorded step has no way from the input to the prediction. Else (the way is there, but
    its values are dead) suspected from the probe.

Look-alikes:
    Dead units or saturated ones make an output constant too, from some step on; then they are the cause.

References:
    https://github.com/DreamingRaven/nemesyst/issues/20
"""

from __future__ import annotations

from collections.abc import Iterator

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence

FAULT = Fault("model/ignores-input", "error", "forward", "the output does not depend on the input")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Recorded steps in which the batch never reaches the prediction."""
    if not evidence.probes.get("input_matters", {}).get("ignored"):
        return
    for trace in evidence.training_traces[1:2] or evidence.training_traces[:1]:
        for loss in trace.losses[:1]:
            said = reading.prediction(trace, loss)
            if said is None:
                return
            used = {op.number for op in trace.behind(said.number)}
            lost = _lost(trace, used, loss)
            place = lost.place if lost is not None else said.blame
            rows = [Row("change of the output when inputs are exchanged", 0.0)]
            if lost is not None:
                rows.append(Row("the input goes into", lost.name, "whose result is not used"))
            yield Suspicion(
                place,
                0.96,
                rows,
                "use the result of " + (lost.name if lost else "the layers that see the input"),
                certain=True,
                explains=[symptoms.FLAT, symptoms.NO_GRADIENT, symptoms.ONE_CLASS],
            )
            return


def _lost(trace: Trace, used: set[int], loss: Op) -> Op | None:
    """The last operation on the batch that depends on parameters and leads nowhere."""
    candidates = [
        op
        for op in trace.ops
        if op.kind == "op"
        and op.number < loss.number
        and op.number not in used
        and op.module
        and trace.learns(op)
    ]
    return candidates[-1] if candidates else None
