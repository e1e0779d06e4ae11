"""Training goes on in eval mode: dropout is off, and batch statistics are frozen.

What it sees:
    Most passes of training run with every dropout and normalization layer of the model in eval mode.

Why learning fails:
    Batch normalization then normalizes with old statistics that never follow the weights, so signals grow or shrink
    freely; dropout does not regularize.

Example:
    for epoch in range(10):
        for x, y in loader: …
        model.eval()                        # and never train() again

Fix:
    Call `model.train()` at the start of every epoch.

Certainty:
    Certain when at least 30% of all training passes, and 5, ran so, and the layers' own parameters are trained or they
    have none.

    The line is that of the loop over epochs, within a loop over folds. Without a loop around it in the script, the call
    of the one function that says eval() and never train() is named.

Look-alikes:
    A frozen backbone whose normalization layers are kept in eval mode on purpose: its parameters are not trained, or
    other layers of the model are in training mode.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, source, trainers
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, ModuleCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import PassSite
from vitreous.record.places import Place

FAULT = Fault("train/eval-mode", "warning", "forward", "training goes on in eval mode")

_SHARE, _LEAST = 0.3, 5


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each line that trains a model in eval mode."""
    for site in evidence.sites:
        if site.trained < _LEAST or site.eval_mode < max(_LEAST, _SHARE * site.trained) or site.place is None:
            continue
        model = evidence.models[site.model]
        own = [p for p in evidence.parameters.values() if p.model == site.model and "Norm" in p.kind]
        if own and not any(p.requires_grad and reading.is_trained(evidence, p) for p in own):
            continue
        loop = _epochs(evidence, site.place)
        place = (
            Place(site.place.file, loop, site.place.function)
            if loop and abs(loop - site.place.line) > 2
            else site.place
        )
        # a framework's own loop calls it: what leaves eval mode behind is called from elsewhere
        if not any(reading.loop_line(at) for at in [site.place, *site.stack]):
            place = _left_in_eval(site.place, site.stack) or place
        place = _remembered_late(site.place.file) or _overridden(site.place.file) or place
        name = edits.only_receiver(site.place, "eval", "train")
        rows = [
            Row("training passes in eval mode", site.eval_mode, f"of {site.trained}"),
            Row(
                "layers that act differently then",
                len(model.sensitive),
                f"as {model.sensitive[0] or model.kind}",
            ),
        ]
        at = f" (line {loop})" if loop else ""
        yield Suspicion(
            place,
            0.95,
            rows,
            f"call model.train() at the start of every epoch{at}",
            certain=True,
            edits=edits.some(edits.insert_first(site.place, f"{name}.train()")) if name else [],
            trials=[
                Trial("train mode in every training pass", {"file": site.place.file, "line": site.place.line})
            ],
        )
        return


def _epochs(evidence: Evidence, place: Place) -> int | None:
    """The line of the loop over epochs: the outermost around a line, but for one that makes a network each time."""
    loops = reading.enclosing(place, ast.For, ast.While)
    made = {site.model for site in evidence.sites if site.place == place and site.trained}
    if len(made) > 1 and len(loops) > 2:  # folds, or repetitions
        loops = loops[1:]
    return loops[0].lineno if loops else None


def _remembered_late(file: str) -> Place | None:
    """Where a function that puts a mode back asks for it only after its own `eval()`: it puts back that one."""
    for function in source.nodes(file, ast.FunctionDef):
        called = [n for n in ast.walk(function) if isinstance(n, ast.Call)]
        evals = [call.lineno for call in called if source.last_name(call.func) == "eval"]
        put_back = {ast.unparse(c.args[0]) for c in called if source.last_name(c.func) == "train" and c.args}
        for node in ast.walk(function):
            asks = isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
            if not (asks and evals and node.value.attr == "training"):  # type: ignore[attr-defined]
                continue
            if ast.unparse(node.targets[0]) in put_back and min(evals) < node.lineno:  # type: ignore[attr-defined]
                return Place(file, node.lineno)  # type: ignore[attr-defined]
    return None


def _overridden(file: str) -> Place | None:
    """A `train` of the model's own that puts parts of it into eval mode, or does not hand its argument on."""
    for function in source.nodes(file, ast.FunctionDef):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        called = {source.last_name(call.func) for call in calls}
        off = any(
            source.last_name(call.func) == "train"
            and [ast.unparse(given) for given in call.args] == ["False"]
            for call in calls
        )
        if function.name == "train" and {"train", "super"} <= called and ("eval" in called or off):
            return Place(file, function.lineno, function.name)
    return None


def _left_in_eval(place: Place, around: list[Place]) -> Place | None:
    """The line behind which a model is still in eval mode: of an `eval()`, or of a call of a function that does it.

    In a function that is still running, its line is meant that hands over to a training library. None where several
    could be meant.
    """
    found = []
    for line in around:
        if not line.function.isidentifier() and trainers.runs(line):  # of the module
            found += _evals(line)
    for function in source.nodes(place.file, ast.FunctionDef):
        named = {source.last_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
        if "eval" in named and "train" not in named:
            running = [line for line in around if line.function == function.name and trainers.runs(line)]
            found += running or [
                Place(place.file, node.lineno)
                for node in source.nodes(place.file, ast.Call)
                if source.last_name(node.func) == function.name
            ]
    return found[0] if len(found) == 1 else None


def _evals(before: Place) -> list[Place]:
    """The module's own `model.eval()` in front of a line, the last, with no `train()` and no call of it in between."""
    calls = [call for call in source.nodes(before.file, ast.Call) if call.lineno <= before.line]
    switches = [
        call
        for call in calls
        if source.last_name(call.func) in ("eval", "train")
        and not (call.args or source.functions(Place(before.file, call.lineno)))
    ]
    last = max(switches, key=lambda call: call.lineno, default=None)
    if last is None or not isinstance(last.func, ast.Attribute) or last.func.attr != "eval":
        return []
    model = ast.unparse(last.func.value)
    used = any(last.lineno < call.lineno < before.line and ast.unparse(call.func) == model for call in calls)
    return [before if used else Place(before.file, last.lineno)]


def trained_share(site: PassSite) -> float:
    """The share of calls from a line that were training."""
    return round_to(site.trained / max(1, site.trained + site.evaluated))


class _Train(Listener):
    """Train mode for calls from a line; what the script sets elsewhere stays."""

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth == 0 and not event.module.training:
            place = event.place
            if place is not None and (place.file, place.line) == (self.file, self.line):
                event.module.train()


def intervene(settings: dict[str, Any]) -> Listener:
    """Training in train mode."""
    return _Train(settings["file"], settings["line"])
