"""The target is passed as prediction and the prediction as target.

What it sees:
    A loss whose first argument needs no gradient while its second does. In torch.nn.functional the prediction
    comes first. Of a loss written as a function of the script's own: what learns is handed over as the parameter
    whose name says target (actual, target, truth, observed, …), and what does not as that whose name says prediction
    (forecast, pred, estimate, …), whether it has a name before the call or is made in it.

Why learning fails:
    Most losses are not symmetric: cross-entropy takes the log of its first argument only. With the two exchanged
    the optimum is another one, often minus infinity, and the loss falls without the model learning the task.

Example:
    loss = F.binary_cross_entropy_with_logits(x, reconstruction)

Fix:
    Prediction first, target second (scikit-learn's metrics have it the other way round).

Certainty:
    Certain, as it is told from who needs a gradient, except for kl_div, whose direction can be chosen on purpose:
    there an experiment decides. Losses that are symmetric (squared, absolute, Huber) are left alone. Of functions of
    the script's own, called by itself or by a training library, an experiment asks whether they are: with the two
    exchanged, the loss before any update has to be another one. Which of the two losses is smaller says nothing, as
    they mean different things. Of a triplet loss that ends no lower than nine tenths of its margin an experiment asks
    whether it falls with the two exchanged.

Look-alikes:
    loss/logits-into-probability-loss makes the loss negative too, but the prediction is in its place.

References:
    https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import called_back, calls, edits, reading, source, symptoms
from vitreous.doctor.called_back import PREDICTION, TARGET
from vitreous.doctor.change import ChangeLoss
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited, finite, round_to
from vitreous.record.dataflow import SHAPING, Trace
from vitreous.record.events import Listener, LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LossSite
from vitreous.record.places import Place

FAULT = Fault("loss/swapped-arguments", "error", "loss", "prediction and target are exchanged in the loss")

_MARGIN = 0.9
_SYMMETRIC = frozenset(
    ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "gaussian_nll_loss", "cosine_embedding_loss"]
)
_CHOSEN = frozenset(["kl_div"])
_SAYS_PREDICTION = re.compile(r"pred|logit|score|out|recon|hat|prob|input", re.I)
_SAYS_TARGET = re.compile(r"target|label|true|share|gold|truth|^y$|_y$", re.I)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each asymmetric loss whose target alone can learn."""
    for site in evidence.trained_sites():
        if not site.target_graph or site.name in _SYMMETRIC:
            continue
        place = blame(site)
        lowest = min((row.value for row in evidence.losses if row.site == site.number), default=0.0)
        rows = [Row("first argument needs a gradient", False), Row("second argument needs a gradient", True)]
        if lowest < 0:
            rows.append(Row("lowest value of the loss", lowest))
        settings = {"file": site.place.file, "line": site.place.line} if site.place else {}
        yield Suspicion(
            place,
            0.97 if site.name not in _CHOSEN else 0.5,
            rows,
            f"pass the prediction first and the target second to {site.module or site.name}",
            certain=site.name not in _CHOSEN,
            explains=[symptoms.FLAT, symptoms.DIVERGES, symptoms.ONE_CLASS],
            trials=[Trial("prediction and target exchanged back", settings)],
        )
    yield from _by_hand(evidence)
    yield from _called_back(evidence)
    yield from _triplets(evidence)


def _triplets(evidence: Evidence) -> Iterator[Suspicion]:
    """A loss of triplets that ends no lower than its margin, which is what it is where nothing is told apart."""
    ops = [
        op for trace in evidence.training_traces[-1:] for op in trace.ops if op.name == "triplet_margin_loss"
    ]
    margin = ops[0].arguments.get("margin", 1.0) if ops else 1.0
    end = symptoms.ends(finite(evidence.curve))[1]
    if not ops or ops[0].place is None or not isinstance(margin, (int, float)) or not end > _MARGIN * margin:
        return
    place = ops[0].place
    yield Suspicion(
        place, 0.5,
        [Row("loss at the end", round_to(end)), Row("margin", margin)],
        "pass the anchor, what is like it, and what is not, in this order",
        summary="what is like the anchor and what is not are exchanged",
        explains=[symptoms.FLAT],
        trials=[Trial("the second and the third exchanged", {"triplets": True})],
        metric="training loss", gain=0.5,
    )  # fmt: skip


def _by_hand(evidence: Evidence) -> Iterator[Suspicion]:
    """Calls of the script's own losses that get prediction and target the wrong way round, by the parameters' names."""
    trace = reading.first_training_trace(evidence)
    behind = trace.behind(trace.root) if trace is not None else []
    places = {op.stack[0] for op in behind if op.stack and not op.module_kind}
    for place in sorted(places, key=lambda p: (p.file, p.line)):
        for call in calls.calls_at(place):
            given = _roles(place, call)
            if trace is None or given is None:
                continue
            (meant, target), (said, prediction) = given
            if _learned(trace, place, target) is not True or _learned(trace, place, prediction) is not False:
                continue
            texts = [ast.unparse(one) for one in (target, prediction)]
            changes = edits.replaced(place.file, [(target, texts[1]), (prediction, texts[0])]) or []
            trial = Trial("prediction and target exchanged back", edited(changes), tuple(changes))
            yield Suspicion(
                place, 0.8,
                [Row(f"given as {meant}, and learns", texts[0]), Row(f"given as {said}", texts[1])],
                f"hand {texts[1]} over as {meant} and {texts[0]} as {said}",
                summary=f"prediction and target are exchanged in the call of {calls.called(call)}",
                explains=[symptoms.FLAT, symptoms.DIVERGES],
                trials=[trial] if changes else [],
                metric="first loss",
            )  # fmt: skip
            return


def _called_back(evidence: Evidence) -> Iterator[Suspicion]:
    """Losses of the script's own that a training library calls with target and prediction the other way round."""
    for found in called_back.exchanged(evidence.script) if evidence.steps or evidence.crash else ():
        trial = Trial("the two parameters exchanged", edited(found.edits), tuple(found.edits))
        yield Suspicion(
            Place(found.file, found.line, found.name), 0.9,
            [Row("what the library hands over first is called", found.first), Row("and second", found.second)],
            f"take {found.second} first and {found.first} second, as the library hands them over",
            summary=f"{found.name} takes prediction and target the other way round than it is given them",
            explains=[symptoms.FLAT, symptoms.DIVERGES],
            trials=[trial] if found.edits else [],
            metric="first loss",
        )  # fmt: skip


def _roles(place: Place, call: ast.Call) -> list[tuple[str, ast.expr]] | None:
    """The parameters of one of the script's functions that mean target and prediction, and what a call gives them."""
    function = next(
        (f for f in source.nodes(place.file, ast.FunctionDef) if f.name == calls.called(call).split(".")[-1]),
        None,
    )
    if not isinstance(function, ast.FunctionDef) or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    names = [a.arg for a in function.args.posonlyargs + function.args.args]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    given = dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
    said = [n for n in given if PREDICTION.search(n) and not TARGET.search(n)]
    meant = [n for n in given if TARGET.search(n) and not PREDICTION.search(n)]
    return [(n, given[n]) for n in meant + said] if len(said) == len(meant) == 1 else None


def _learned(trace: Trace, place: Place, given: ast.expr) -> bool | None:
    """Whether what is handed over was made with parameters.

    By the line that gave its name its value; of what is made in the call itself, by the operations of that call. None
    where that cannot be told: the function around was given it, or several values are put together.
    """
    given, made_here = _begun(given)
    if made_here is not None:
        return _learned_here(trace, place, made_here)
    if not isinstance(given, ast.Name):
        return None
    function = source.functions(place)[-1:]
    lines = [
        node
        for node in source.nodes(place.file, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For)
        if node.lineno < place.line
        and given.id in source.targets(Place(place.file, node.lineno))
        and source.functions(Place(place.file, node.lineno))[-1:] == function
    ]
    if not lines:
        return None if not function or given.id in [a.arg for a in function[0].args.args] else False
    made = max(lines, key=lambda node: node.lineno)
    last = made.lineno if isinstance(made, ast.For) else made.end_lineno or made.lineno
    here = [
        op
        for op in trace.ops
        if any(p.file == place.file and made.lineno <= p.line <= last for p in (op.place, *op.stack) if p)
    ]
    return any(trace.learns(op) for op in here)


def _begun(given: ast.expr) -> tuple[ast.expr, ast.Call | None]:
    """What an expression only takes parts or other shapes of; the call, where that is made by one."""
    while True:
        if isinstance(given, (ast.Subscript, ast.Attribute)):
            given = given.value
        elif not isinstance(given, ast.Call):
            return given, None
        elif isinstance(given.func, ast.Attribute) and given.func.attr in SHAPING:
            given = given.func.value
        else:
            return given, given


def _learned_here(trace: Trace, place: Place, call: ast.Call) -> bool | None:
    """Whether a call at a line makes its value with parameters: by what runs within it, a function or a model."""
    first, _, name = calls.called(call).rpartition(".")
    own = any(f.name == name for f in source.nodes(place.file, ast.FunctionDef))
    if not own and first not in ("", "self"):
        return None
    within = []
    for op in trace.ops:
        lines = [line for line in (op.place, *op.stack) if line is not None]
        inner = lines[: lines.index(place)] if place in lines else None
        if inner is not None and (
            bool(inner) and inner[-1].function == name if own else bool(op.module_kind)
        ):
            within.append(op)
    return any(trace.learns(op) for op in within) if within else None


def blame(site: LossSite) -> Place | None:
    """The line of the loss, or of the call of the function around it where that names its arguments rightly."""
    wrapper = site.stack[1] if len(site.stack) > 1 else None
    call = next((c for c in calls.calls_at(site.place) if len(c.args) >= 2), None)
    if wrapper is None or call is None or site.place is None or wrapper.function == site.place.function:
        return site.place
    first, second = ast.unparse(call.args[0]), ast.unparse(call.args[1])
    rightly = bool(_SAYS_PREDICTION.search(first)) or (
        bool(_SAYS_TARGET.search(second)) and not _SAYS_TARGET.search(first)
    )
    wrongly = bool(_SAYS_PREDICTION.search(second)) or bool(_SAYS_TARGET.search(first))
    return wrapper if rightly and not wrongly else site.place


def _exchange(event: LossCall) -> None:
    given, target = event.input, event.target
    if getattr(target, "requires_grad", False) and not getattr(given, "requires_grad", False):
        event.input, event.target = target, given


class _Triplets(Listener):
    """Exchanges what is like the anchor and what is not."""

    def op_begin(self, event: OpCall) -> None:
        if event.name == "triplet_margin_loss" and len(event.args) > 2:
            anchor, one, other, *more = event.args
            event.args = (anchor, other, one, *more)


def intervene(settings: dict[str, Any]) -> Listener:
    """Exchanges the two back."""
    if "triplets" in settings:
        return _Triplets()
    return ChangeLoss(_exchange, settings.get("file"), settings.get("line"))
