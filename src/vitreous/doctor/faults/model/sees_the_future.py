"""A next-step model can read the step that it must predict.

What it sees:
    The targets are the model's own input one step later, along its second axis or, as before convolutions, its last.
    After the run the model is called twice with the later half of a sequence changed, and its outputs for the earlier
    half change too. The first operation where that happens is named. Or an input of a forecast is a smoothed series,
    and the numbers say that the smoothing took in the step to be predicted.

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
    Certain: measured on the model itself; at least 98% of the targets are the next step of the input. The proof is the
    loss that is left once recurrence, attention or convolution see nothing of later steps: it is the higher one.
    A smoothed input is certain where it is a mirrored filter of the series to a thousandth of its spread once later
    steps are known, and not to a fiftieth without them; the columns are then left out for the proof.

Look-alikes:
    Masked language models, taggers and autoencoders may look both ways: their targets are not the next step.

References:
    Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, source, symptoms, trainers
from vitreous.doctor.ahead import looking_ahead
from vitreous.doctor.change import ChangeInput
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/sees-the-future", "error", "forward", "the model sees the step that it must predict")

_ANY = -1e6
_SWITCHES = ("is_decoder", "is_causal", "causal")
_CONFIGURED = "make the attention causal: is_decoder=True in the configuration of a model of transformers"
_FILTERS = frozenset(
    [
        "convolve", "correlate", "convolve1d", "savgol_filter", "gaussian_filter1d", "uniform_filter1d", "filtfilt",
        "sosfiltfilt",
    ]
)  # fmt: skip
_RECURRENT = frozenset(["lstm", "gru", "rnn_tanh", "rnn_relu"])
_ATTENDING = frozenset(["softmax", "scaled_dot_product_attention", "multi_head_attention_forward"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained next-step model whose earlier outputs depend on later inputs."""
    trained = {site.model for site in evidence.sites if site.trained}
    for answer in evidence.probes.get("future", ()):
        place = _place(evidence, answer)
        if answer["model"] not in trained or place is None:
            continue
        yield Suspicion(
            place,
            0.96,
            [
                Row("targets that are the next step of the input", round_to(100 * answer["shifted"]), "%"),
                Row("operation that lets later steps in", answer["op"]),
            ],
            _fix(answer["op"], answer["by"], answer["masked"]) if answer["line"] else _CONFIGURED,
            certain=True,
            summary=f"outputs depend on later inputs, through {answer['op']}",
            explains=[symptoms.EVALUATION_WRONG],
            trials=[Trial("without later steps", {"op": answer["op"], "length": answer["length"]})]
            if _kind(answer["op"])
            else [],
            metric="training loss",
            gain=_ANY,  # the honest loss is the higher one: the run shows by how much
        )
    yield from _prepared(evidence)


def _place(evidence: Evidence, answer: dict[str, Any]) -> Place | None:
    """The operation's line; of a library's model, where the script says what it is, or makes it."""
    if answer["line"] is not None:
        return Place(answer["file"], answer["line"])
    made = next((m.place for m in evidence.models if m.number == answer["model"]), None)
    return trainers.setting(evidence.backward_place, *_SWITCHES) or made


def _prepared(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs of a forecast that were smoothed over steps on both sides before there was a model."""
    inputs, targets = (evidence.arrays.get(f"train.{name}") for name in ("inputs", "targets"))
    if inputs is None or targets is None or len(inputs) != len(targets):
        return
    found = looking_ahead(inputs, targets)
    if found is None:
        return
    yield Suspicion(
        _filter_place(evidence) or reading.batch_place(evidence),
        0.95,
        [
            Row("columns of the inputs that hold later steps", ", ".join(map(str, found.columns))),
            Row("steps that such a column is a mean over", found.taps),
            Row("of them not yet known when it is used", found.steps),
            Row("what known steps leave open of them", round_to(100 * found.left[0]), "%"),
            Row("and with the later ones known, too", round_to(100 * found.left[1]), "%"),
        ],
        "smooth over the steps gone by only, not over steps on both sides",
        certain=True,
        summary="an input is smoothed over steps that come after the one to be predicted",
        explains=[symptoms.EVALUATION_WRONG],
        trials=[Trial("without those columns", {"columns": found.columns, "width": int(inputs[0].size)})],
        metric="training loss",
        gain=_ANY,
    )


def _filter_place(evidence: Evidence) -> Place | None:
    """The first line that calls one of the usual filters with both sides, by the names that libraries give them."""
    for call in sorted(source.nodes(evidence.script, ast.Call), key=lambda node: node.lineno):
        function = call.func
        name = source.last_name(function)
        centred = any(k.arg == "center" for k in call.keywords)
        if name in _FILTERS or (name == "rolling" and centred):
            return Place(evidence.script, call.lineno)
    return None


def _kind(op: str) -> str:
    """What can be kept from looking ahead: recurrence, attention or convolution; empty for others."""
    if op in _RECURRENT:
        return "recurrence"
    if op in _ATTENDING or op in ("masked_fill", "masked_fill_", "where"):
        return "attention"
    return "convolution" if op in ("conv1d", "pad") else ""


class _Blind(Listener):
    """Nothing of a sequence of some length sees later steps."""

    def __init__(self, kind: str, length: int) -> None:
        self.kind, self.length = kind, length

    def op_begin(self, event: OpCall) -> None:
        import torch

        if self.kind == "convolution" and event.name == "pad" and len(event.args) > 1:
            left, right, *others = event.args[1]
            event.args = (event.args[0], (left + right, 0, *others), *event.args[2:])
        if self.kind != "attention" or event.name not in _ATTENDING:
            return
        if event.name == "scaled_dot_product_attention":
            scale = {key: value for key, value in event.kwargs.items() if key in ("dropout_p", "scale")}
            event.args, event.kwargs = event.args[:3], {**scale, "is_causal": True}
        elif event.name == "multi_head_attention_forward":
            event.kwargs = event.kwargs | {"attn_mask": self._mask(event.args[0].device), "is_causal": False}
        elif list(event.args[0].shape[-2:]) == [self.length, self.length]:
            hidden = event.args[0].masked_fill(
                self._mask(event.args[0].device), torch.finfo(torch.float32).min
            )
            event.args = (hidden, *event.args[1:])

    def op_end(self, event: OpCall) -> None:
        import torch

        if self.kind == "recurrence" and event.name in _RECURRENT:
            module, states = event.modules[-1] if event.modules else None, event.output[0]
            if getattr(module, "bidirectional", False):
                half = states.shape[-1] // 2
                forward_only = torch.cat([states[..., :half], torch.zeros_like(states[..., half:])], dim=-1)
                event.output = (forward_only, *event.output[1:])
        elif self.kind == "convolution" and event.name == "conv1d" and event.output.shape[-1] == self.length:
            ahead = (event.args[1].shape[-1] - 1) // 2 * _dilation(event)
            if ahead and event.args[0].shape[-1] == self.length:  # padded on both sides alike
                event.output = torch.nn.functional.pad(event.output, (ahead, 0))[..., : self.length]

    def _mask(self, device: Any) -> Any:
        import torch

        return torch.ones(self.length, self.length, dtype=torch.bool, device=device).triu(1)


def _dilation(event: OpCall) -> int:
    given = event.args[5] if len(event.args) > 5 else event.kwargs.get("dilation", 1)
    return int(given[0] if isinstance(given, (tuple, list)) else given)


def intervene(settings: dict[str, Any]) -> Listener:
    """Closes the way from later steps."""
    if "columns" in settings:
        return ChangeInput(lambda x: _without(x, settings["columns"], settings["width"]))
    return _Blind(_kind(settings["op"]), settings["length"])


def _without(x: Any, columns: list[int], width: int) -> Any:
    if x.ndim < 2 or x[0].numel() != width:
        return x
    flat = x.flatten(1).clone()
    flat[:, columns] = 0
    return flat.view(x.shape)


def _fix(op: str, by: str, masked: bool) -> str:
    if masked:
        return "make the mask hide what comes later: with True for hidden, torch.triu(ones, diagonal=1)"
    if "attention" in op or op == "softmax":
        return (
            "give the attention a causal mask (is_causal=True, or masked_fill with -inf above the diagonal)"
        )
    if op in _RECURRENT:
        return "leave bidirectional off: half of its states come from the future"
    if "conv" in op or by == "pad":
        return "pad on the left only, by (kernel - 1) * dilation"
    return f"keep {op} from running over time"
