"""A next-step model can read the step that it must predict.

What it sees:
    The targets are the model's own input, one step later. After the run the model is called twice with the later
    half of a sequence changed, and its outputs for the earlier half change too. The first operation where that
    happens is named.

Why learning fails:
    Copying the answer is easier than predicting it. The loss falls below what is possible and says nothing: where
    the future is really unknown, the model has learned nothing to go by.

Example:
    mask = torch.tril(torch.ones(n, n, dtype=torch.bool), diagonal=-1)      # True hides: the past is hidden
    x = F.pad(x, (side, side))                                              # before a convolution over time

Fix:
    A causal mask (`torch.triu(…, diagonal=1)` where True hides); padding on the left only; no bidirectional
    recurrence, no normalization or pooling over time.

Certainty:
    Certain: measured on the model itself; at least 98% of the targets are the next step of the input.

Look-alikes:
    Masked language models, taggers and autoencoders may look both ways: their targets are not the next step.

References:
    Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

from collections.abc import Iterator

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, round_to
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/sees-the-future", "error", "forward", "the model sees the step that it must predict")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained next-step model whose earlier outputs depend on later inputs."""
    trained = {site.model for site in evidence.sites if site.trained}
    for answer in evidence.probes.get("future", ()):
        if answer["model"] not in trained or answer["line"] is None:
            continue
        yield Suspicion(
            Place(answer["file"], answer["line"]),
            0.96,
            [
                Row("targets that are the next step of the input", round_to(100 * answer["shifted"]), "%"),
                Row("operation that lets later steps in", answer["op"]),
            ],
            _fix(answer["op"], answer["by"], answer["masked"]),
            certain=True,
            summary=f"outputs depend on later inputs, through {answer['op']}",
            explains=[symptoms.EVALUATION_WRONG],
        )


def _fix(op: str, by: str, masked: bool) -> str:
    if masked:
        return "make the mask hide what comes later: with True for hidden, torch.triu(ones, diagonal=1)"
    if "attention" in op or op == "softmax":
        return (
            "give the attention a causal mask (is_causal=True, or masked_fill with -inf above the diagonal)"
        )
    if op in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        return "leave bidirectional off: half of its states come from the future"
    if "conv" in op or by == "pad":
        return "pad on the left only, by (kernel - 1) * dilation"
    return f"keep {op} from running over time"
