"""The model's output does not depend on its input.

What it sees:
    After the run the model is called twice with different inputs and gives the same output. The operations of the
    two calls, side by side, say where the input was lost: at a softmax or a normalization over a single number, at
    whole numbers made of fractions (ids for an embedding), at a product with zeros, at zeros_like, or nowhere,
    because what the output is made from never saw the input; or where one place of a sequence is taken that the
    others do not reach, as the first behind causal attention. Of a padded batch it is asked, too, whether the output
    stays the same when everything changes but the padding.

Why learning fails:
    The best that such a model can do is one answer for everything.

Example:
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softmax(dim=1))     # always 1

Fix:
    Sigmoid for a single output; use what the layer returned, not what it was given.

Certainty:
    Certain: measured on the model itself. Where the input is lost at an activation or a layer with weights, the
    model has become so, and other faults are the reason (dead or saturated units): that is not named here. Padding is
    one value that fills samples up to their end or from their beginning and is nowhere else.

Look-alikes:
    model/dead-units, model/saturated-units, data/class-imbalance: the output became constant by training.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, source, symptoms
from vitreous.doctor.change import SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import SHAPE_ONLY
from vitreous.record.events import Listener, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/ignores-input", "error", "forward", "the output does not depend on the input")

_NORMALIZING = frozenset(
    ["softmax", "log_softmax", "softmin", "layer_norm", "normalize", "group_norm", "instance_norm"]
)
_TRUNCATING = frozenset(["long", "int", "short", "byte", "to", "type"])
_TAKING = frozenset(["__getitem__", "select", "narrow", "gather", "index_select", "take_along_dim"])
_MASKING = frozenset(["masked_fill", "masked_fill_", "where"])
_GROUPS = 8
_SHARED = 3  # uses of a name: what is given to other layers too is no number of groups to change


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained model whose output is the same for all inputs by its structure."""
    trained = {site.model for site in evidence.sites if site.trained}
    named: set[int] = set()
    for answer in evidence.probes.get("ignoring", ()):
        if answer["model"] not in trained - named or answer["line"] is None:
            continue
        if answer["lost"] and "padding" not in answer and not _by_structure(answer):
            continue
        named.add(answer["model"])
        place = Place(answer["file"], answer["line"])
        groups = _groups_written(place) if answer["op"] == "group_norm" else None
        yield Suspicion(
            groups or place,
            0.97,
            [
                Row(f"largest change of the output when {_what(answer)} changes", 0),
                Row("operation", answer["op"]),
            ],
            _fix(answer),
            certain=True,
            summary=_summary(answer),
            explains=[symptoms.FLAT, symptoms.ONE_CLASS, symptoms.NO_GRADIENT],
            trials=_trials(answer, place),
        )


def _by_structure(answer: dict[str, Any]) -> bool:
    """Whether the operation itself loses the input, whatever the parameters are: dead units are another fault."""
    return _times_zero(answer) or _over_one(answer) or answer["op"] in _TRUNCATING | SHAPE_ONLY | _TAKING


def _groups_written(place: Place) -> Place | None:
    """Where the number of groups is written; the constructor, where that is a width which other layers share."""
    given = source.argument(place, ("num_groups",), 0, "GroupNorm")
    shared = isinstance(given, ast.Name) and sum(
        isinstance(n, ast.Name) and n.id == given.id for n in source.nodes(place.file, ast.Name)
    )
    return literals.origin(place.file, given) if given is not None and shared <= _SHARED else None


def _what(answer: dict[str, Any]) -> str:
    return "all but the padding" if "padding" in answer else "every input"


def _summary(answer: dict[str, Any]) -> str:
    if "padding" not in answer:
        return "the output is the same whatever goes in" + _how(answer)
    return "the output depends on the padding alone: " + (
        "the mask keeps the padding and drops the rest"
        if answer["padding"] == "masked"
        else "it is taken there"
    )


def _how(answer: dict[str, Any]) -> str:
    if not answer["lost"]:
        return ""
    if answer["op"] in _TRUNCATING:
        return f": {answer['op']} cuts all its digits off"
    if answer["op"] in SHAPE_ONLY:
        return f": {answer['op']} takes nothing but its shape"
    if answer["op"] in _TAKING:
        return ": it is made of a place that nothing else reaches"
    return ": it is multiplied by 0" if _times_zero(answer) else f": {answer['op']} over a single number"


def _times_zero(answer: dict[str, Any]) -> bool:
    """Whether the input is multiplied by the number nought; a layer of dead units is another fault."""
    factors = answer["op"].strip("_") in ("mul", "rmul", "multiply", "matmul", "bmm")
    return factors and (0 in answer["arguments"].values() or answer.get("zeros", False))


def _over_one(answer: dict[str, Any]) -> bool:
    """Whether a softmax or normalization runs over an axis with a single element."""
    if answer["op"] not in _NORMALIZING:
        return False
    shape = answer["given"][0] if answer["given"] else []
    if answer["op"] == "layer_norm":
        return bool(shape) and shape[-1] == 1
    if answer["op"] in ("group_norm", "instance_norm"):
        groups = answer["arguments"].get("num_groups", answer["arguments"].get("1"))
        channels = (
            groups if answer["op"] == "group_norm" and isinstance(groups, int) else math.prod(shape[1:2])
        )
        return len(shape) > 1 and math.prod(shape[1:]) == channels
    axis = answer["arguments"].get("dim", answer["arguments"].get("1"))
    return isinstance(axis, int) and -len(shape) <= axis < len(shape) and shape[axis] == 1


def _fix(answer: dict[str, Any]) -> str:
    if "padding" in answer:
        turned = answer["padding"] == "masked"
        return "turn the mask round" if turned else "take the last place that is no padding, sample by sample"
    if not answer["lost"]:
        return "make the output from what the layers returned: what is used here never saw the input"
    if _times_zero(answer):
        return "leave the factor 0 out, or let the mask be 1 where something is to be kept"
    if answer["op"] in SHAPE_ONLY:
        return f"leave {answer['op']} out: use what it is given"
    if answer["op"] in _TRUNCATING:
        return f"leave {answer['op']} out, or scale the values to whole numbers that differ before it"
    if answer["op"] in _TAKING:
        return "take the place that has seen all others: behind attention that looks back only, the last"
    if answer["op"] in ("softmax", "softmin"):
        return "use a sigmoid: a softmax over one number is always 1"
    if answer["op"] == "group_norm":
        return "take fewer groups: a group of one number is always normalized to zero"
    return f"leave {answer['op']} out, or give it an axis with more than one number"


def _trials(answer: dict[str, Any], place: Place) -> list[Trial]:
    if answer.get("padding") == "masked" and answer["op"] in _MASKING:
        at = {"mask": answer["op"], "file": place.file, "line": place.line}
        return [Trial("the mask turned round", at)]
    if "padding" in answer:
        return []
    if not answer["lost"]:
        return [
            Trial("what the layers returned used where its shape is asked for", {"unused": True}, guess=True)
        ]
    if answer["op"] in _TRUNCATING:
        return []
    settings = {"name": answer["op"], "file": place.file, "line": place.line}
    if answer["op"] in _TAKING:
        return [Trial("the last place taken instead", {**settings, "last": True})]
    if answer["op"] == "group_norm":
        return [Trial("fewer groups wherever a group has one number", {"groups": _GROUPS})]
    changed = "a sigmoid in place of the softmax" if answer["op"] == "softmax" else f"{answer['op']} left out"
    return [Trial(changed, settings)]


class _LastPlace(SkipOp):
    """Of a sequence, what stands at its last place."""

    def op_begin(self, event: OpCall) -> None:
        index = event.args[1] if self.is_meant(event) and len(event.args) > 1 else None
        if isinstance(index, tuple) and len(index) == 2 and isinstance(index[1], int):
            event.replace(event.args[0][index[0], -1])


class _FewerGroups(Listener):
    """Group normalization over more than one number."""

    def __init__(self, most: int) -> None:
        self.most = most

    def op_begin(self, event: OpCall) -> None:
        import torch

        if event.name != "group_norm":
            return
        everything = dict(enumerate(event.args)) | event.kwargs
        given, groups = everything[0], everything.get(1, everything.get("num_groups"))
        if groups != given[0].numel():
            return
        fewer = next(g for g in range(self.most, 0, -1) if (groups % g == 0 and groups // g > 1) or g == 1)
        weight, bias = everything.get(2, everything.get("weight")), everything.get(3, everything.get("bias"))
        event.replace(torch.nn.functional.group_norm(given, fewer, weight, bias))


class _Unused(Listener):
    """An operation that takes what never saw the input is given a result that did, of that shape, if nobody used it."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}  # what was made of the input in this call
        self._unused: list[Any] = []
        self._own: set[int] = set()

    def module_begin(self, event: ModuleCall) -> None:
        from vitreous.record.measure import tensors

        if event.depth == 0:
            self._seen = {id(t): t for t in tensors([event.args, event.kwargs])}
            self._own = {id(t) for t in (*event.module.parameters(), *event.module.buffers())}
            self._unused.clear()

    def op_begin(self, event: OpCall) -> None:
        if event.modules:
            event.args = tuple(self._instead(given) for given in event.args)
            used = {id(given) for given in event.args}
            self._unused = [result for result in self._unused if id(result) not in used]

    def op_end(self, event: OpCall) -> None:
        from vitreous.record.measure import tensors

        if any(id(given) in self._seen for given in tensors([event.args, event.kwargs])):
            results = tensors(event.output)
            self._seen |= {id(result): result for result in results}
            self._unused = [*results, *self._unused]

    def _instead(self, given: Any) -> Any:
        shape = getattr(given, "shape", None)
        if (
            shape is None
            or id(given) in self._seen
            or id(given) in self._own
            or not given.is_floating_point()
        ):
            return given
        alike = (r for r in self._unused if r.shape == shape and r.dtype == given.dtype)
        return next(alike, given)


class _Turned(Listener):
    """The mask of an operation at one line the other way round."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def op_begin(self, event: OpCall) -> None:
        import torch

        place, wanted = (event.places[0] if event.places else None), self.settings
        if event.name != wanted["mask"] or place is None or place.line != wanted["line"]:
            return
        if place.file == wanted["file"]:
            event.args = tuple(
                ~given if isinstance(given, torch.Tensor) and given.dtype == torch.bool else given
                for given in event.args
            )


def intervene(settings: dict[str, Any]) -> Listener:
    """Puts a sigmoid in the softmax's place, takes fewer groups, turns a mask, or leaves the operation out."""
    if "mask" in settings:
        return _Turned(settings)
    if "last" in settings:
        return _LastPlace(settings["name"], settings["file"], settings["line"])
    if "unused" in settings:
        return _Unused()
    if "groups" in settings:
        return _FewerGroups(settings["groups"])

    def instead(given: Any) -> Any:
        return given.sigmoid() if settings["name"] == "softmax" else given

    return SkipOp(settings["name"], settings["file"], settings["line"], instead)
