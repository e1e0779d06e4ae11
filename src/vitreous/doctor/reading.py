"""Reading aids for faults: questions that many of them ask of the evidence and of the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from vitreous.doctor import calls, trainers, variables
from vitreous.doctor import source as source_code
from vitreous.record import places
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LoaderFacts, ParameterFacts, TensorFacts
from vitreous.record.places import Place


def losses(evidence: Evidence, *names: str) -> Iterator[tuple[Trace, Op]]:
    """Each loss that training goes through, once a line, with a trace that shows it; by name if names are given."""
    seen = set()
    for trace in reversed(evidence.training_traces):
        for op in trace.losses:
            if op.place not in seen and (not names or op.name in names):
                seen.add(op.place)
                yield trace, op


def prediction(trace: Trace, loss: Op) -> Op | None:
    """The argument of a loss that depends on parameters: the first such one that a gradient flows into."""
    return trace.fitted(trace.inputs(loss))


def target(trace: Trace, loss: Op) -> Op | None:
    """The argument of a loss that depends on no parameter: the first such one; else one that hears no gradient."""
    given = trace.inputs(loss)
    still = next((op for op in given if not trace.learns(op)), None)
    said = prediction(trace, loss)
    if still is not None or said is None or said.output is None or not said.output.requires_grad:
        return still
    return next((op for op in given if op.output is not None and not op.output.requires_grad), None)


def targets_are_computed(evidence: Evidence) -> bool:
    """Whether what training is to answer comes out of a network itself, and so changes as that one does.

    As in Q-learning, where a target network says what the next state is worth: how such targets are spread says
    nothing of the data.
    """
    meant = ((trace, target(trace, loss)) for trace, loss in losses(evidence))
    return any(op is not None and trace.learns(op) for trace, op in meant)


def first_training_trace(evidence: Evidence) -> Trace | None:
    """The earliest whole recorded step, its batch included."""
    traces = evidence.training_traces
    return traces[1] if len(traces) > 1 and traces[1].step <= 2 else traces[0] if traces else None


def source_of(evidence: Evidence, shape: list[int], *, floating: bool = True) -> Place | None:
    """Where samples of this shape (batch axis left out) were made into a tensor, before training began.

    The last line of the preparation that gives such a tensor; None where the data come from elsewhere.
    """
    found = None
    for trace in evidence.traces:
        if trace.root is not None:
            break
        for op in trace.ops:
            output = op.output
            if output is None or op.kind != "op" or op.place is None or op.module_kind or op.name in _FILLING:
                continue
            fits = output.shape[1:] == shape and len(output.shape) == len(shape) + 1
            if fits and floating == output.dtype.startswith("float") and not trace.learns(op):
                found = op.place
    return found


def batch_place(evidence: Evidence) -> Place | None:
    """The line where the training data become tensors; else that of the loader; else of the model's call."""
    made_there = made_at(evidence, 0)
    if made_there is not None:
        return made_there
    for trace in evidence.training_traces[:3]:
        for op in trace.behind(trace.root):
            made = op.kind == "data" and op.arguments.get("made_by") and op.output is not None
            if made and len(op.output.shape) >= 2 and op.place is not None and _is_batch(trace, op):  # type: ignore[union-attr]
                return _taken_from(op.place)
    for site in evidence.sites:
        if site.trained and site.inputs:
            place = source_of(
                evidence, site.inputs[0].shape[1:], floating=site.inputs[0].dtype.startswith("float")
            )
            if place is not None:
                return _taken_from(place)
    loaders = [loader.place for loader in evidence.loaders if loader.place is not None]
    if loaders:
        return _taken_from(loaders[0])
    called = next((site.place for site in evidence.sites if site.trained), None)
    return _taken_from(called) if called is not None else None


def held_at(evidence: Evidence) -> Place | None:
    """The last line before training that gives its data a name; None where they come from a loader."""
    if training_loader(evidence) is not None:
        return None
    called = next((site.place for site in evidence.sites if site.trained), None)
    return variables.made_before_training(called)


def _taken_from(place: Place) -> Place:
    """Of a line in the training loop, which only takes a batch, the one before it that made what it takes from.

    Of one that runs a training library, the one that made what that is given.
    """
    if trainers.runs(place):
        return trainers.data(place) or place
    return (variables.made_before_training(place) if source_code.loops(place) else None) or place


def made_at(evidence: Evidence, part: int) -> Place | None:
    """The line where a part of the training batches (0 the inputs, 1 the targets) is made into a tensor.

    By the training loader's set: the tensors that it holds, or what the user's own function returns for a sample.
    """
    loader = training_loader(evidence)
    if loader is None:
        return None
    if part < len(loader.parts) and loader.parts[part] is not None:
        return loader.parts[part]
    named = trainers.labels(loader.maker) if part == 1 else None
    return named or source_code.returned(loader.maker, part)


def training_loader(evidence: Evidence) -> LoaderFacts | None:
    """The loader that training takes its batches from; None where it takes them from none."""
    numbers = evidence.arrays.get("train.print_loaders")
    known = numbers[numbers >= 0] if numbers is not None else ()
    if numbers is not None and len(known) * 2 <= len(numbers):
        return None
    drawn = [loader for loader in evidence.loaders if loader.batches]
    return evidence.loaders[int(np.bincount(known).argmax())] if len(known) else next(iter(drawn), None)


def epochs(evidence: Evidence) -> int:
    """How often training went through its samples: by the first of them that comes again; 0 if none does."""
    prints, steps = (evidence.arrays.get(f"train.{name}") for name in ("prints", "print_steps"))
    if prints is None or steps is None or len(prints) != len(steps):
        return 0
    again = np.setdiff1d(np.arange(len(prints)), np.unique(prints, return_index=True)[1])
    epoch = int(steps[again[0]] - steps[0]) if len(again) else 0
    return -(-len(evidence.steps) // epoch) if epoch else 0


def _is_batch(trace: Trace, op: Op) -> bool:
    """Whether an outside tensor goes into the model, and is no buffer of it."""
    return any(not user.module for user in trace.users(op.number))


def trained_input(evidence: Evidence) -> TensorFacts | None:
    """Facts of the first tensor that the trained model is given."""
    for site in evidence.sites:
        if site.trained and site.inputs:
            return site.inputs[0]
    return None


def first_not_finite(evidence: Evidence) -> tuple[Trace, Op] | None:
    """The first result of any recorded step that holds NaN or infinity though nothing that it was made from does."""
    meant = _meant(evidence)
    for trace in evidence.traces:
        for op in trace.ops if not trace.setup else ():
            if op.output is None or not op.output.bad or _sign(op) in meant:
                continue
            if not any(given.output is not None and given.output.bad for given in trace.inputs(op)):
                return trace, op  # the others only hand on what an earlier one made, or hide it
    return None


def _meant(evidence: Evidence) -> set[tuple[str, Place | None, tuple[int, ...]]]:
    """What makes infinities in steps whose loss is finite, as a mask of an attention does."""
    fine = [
        t for t in evidence.training_traces if (root := t.op(t.root)) and root.output and not root.output.bad
    ]
    return {_sign(op) for trace in fine for op in trace.ops if op.output is not None and op.output.bad}


def _sign(op: Op) -> tuple[str, Place | None, tuple[int, ...]]:
    """What makes it the same operation in another step."""
    return op.name, op.place, tuple(op.output.shape[1:]) if op.output is not None else ()


def used_in_training(evidence: Evidence, cut: Op) -> Place | None:
    """The line of the operation; of one in a function that is right elsewhere, the line that calls it here.

    As evaluation does, or the same step with what is not learned, as the targets.
    """
    at = cut.place
    if at is not None and at.function == "forward":
        return at
    here = ((trace, op) for trace in evidence.traces for op in trace.ops if op.place == at)
    shared = any(not op.grad or (trace.root is not None and not trace.learns(op)) for trace, op in here)
    outer = (place for place in cut.stack if at is not None and place.function != at.function)
    return next(outer, at) if shared else at


def called_at(op: Op) -> Place | None:
    """The line to blame for an operation; of one that a small function of the script wraps, its call.

    What is computed there is right; that it is called is not.
    """
    place = op.blame
    if place is None or op.builtin or not source_code.only_returns(place):
        return place
    return next((outer for outer in op.stack if outer.function != place.function), place)


def path_between(trace: Trace, start: int, end: int) -> list[Op]:
    """The operations that depend on `start` and that `end` depends on, in order."""
    reach = {start}
    for op in trace.ops:
        if any(n in reach for n in op.inputs):
            reach.add(op.number)
    return [op for op in reversed(trace.behind(end)) if op.number in reach and op.number != start]


def shaped_from(trace: Trace, op: Op | None) -> Op | None:
    """What made the numbers of a result, shape changes aside."""
    return trace.origin(op, SHAPING)


def after(evidence: Evidence, op: Op | None) -> Place | None:
    """Where something that is missing behind a layer belongs.

    That is the constructor of the layer where a container calls it (the missing one is put behind it in the list),
    and the line that calls it where a `forward` does.
    """
    if op is None:
        return None
    parent = op.module.rpartition(".")[0]
    for model in evidence.models:
        kinds = {module.path: module.kind for module in model.modules}
        if op.builtin and kinds.get(op.module) == op.module_kind and kinds.get(parent) == "Sequential":
            return op.module_place or op.place
    return op.blame if trainers.runs(op.place) else op.place or op.blame


def at_the_end(evidence: Evidence, op: Op | None, *, loss: Sequence[Place] = ()) -> Place | None:
    """Where something that is missing at the end of a model belongs; see `after`.

    Where the last layer's own `forward` is the script's, that of the model around it calls it: the layer is used
    elsewhere in the model too, and what ends the model stands in the outermost one.

    Args:
        evidence: Of the run.
        op: What made the model's output.
        loss: The lines from which the loss is called: a `forward` that computes it, too, is no model's.
    """
    place = after(evidence, op)
    if op is None or place is None or place != op.place:
        return place
    computing = [function for line in loss for function in source_code.functions(line)[-1:]]
    models = [
        line
        for line in op.stack
        if line.function == "forward" and source_code.functions(line)[-1] not in computing
    ]
    return models[-1] if place.function == "forward" and models else place


def written(op: Op) -> str:
    """What a person would look for in the script: the operation, or its layer where that does nothing else."""
    plain = op.name.strip("_")
    if not op.builtin:
        return plain
    whole = op.module_kind.lower() == plain.replace("_", "")
    return f"nn.{op.module_kind}" if whole else f"the {plain} of {op.module_kind}"


def is_trained(evidence: Evidence, parameter: ParameterFacts) -> bool:
    """Whether an optimizer holds a parameter, or the program updates by hand and its loss reaches it."""
    by_hand = any(step.optimizer < 0 for step in evidence.steps[:20])
    return bool(parameter.optimizers) or (by_hand and parameter.reached and parameter.requires_grad)


def drawn_at(evidence: Evidence, facts: ParameterFacts) -> Place | None:
    """The line that gave a parameter its first values: an initialization, or where its tensor is made."""
    if facts.filled_place is not None and (facts.place is None or facts.filled_place != facts.place):
        return facts.filled_place
    name = facts.name.rsplit(".", 1)[-1]
    file = facts.place.file if facts.place is not None else evidence.script
    line = calls.attribute_set(file, facts.kind, name) if facts.kind else None
    return Place(file, line) if line is not None else facts.place


# What constructors of layers do with tensors of their own.
_FILLING = frozenset(
    [
        "empty",
        "zeros",
        "ones",
        "uniform_",
        "normal_",
        "fill_",
        "zero_",
        "data",
        "detach",
        "full",
        "constant_",
        "zeros_",
        "ones_",
    ]
)
WITH = (ast.With, ast.AsyncWith)
_GRADIENTS_OFF = ("no_grad", "inference_mode", "set_grad_enabled")


def enclosing(place: Place | None, *kinds: type[ast.stmt]) -> list[ast.stmt]:
    """The statements of these kinds around a line, from the outside in, within the innermost function."""
    tree = source_code.tree(place.file) if place else None
    if place is None or tree is None:
        return []
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= place.line <= (node.end_lineno or node.lineno)
    ]
    around.sort(key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    functions = [
        i for i, node in enumerate(around) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    inner = around[functions[-1] + 1 :] if functions else around
    return [node for node in inner if isinstance(node, kinds)]


def function_start(place: Place | None) -> int | None:
    """The first line of the body of the function around a line."""
    tree = source_code.tree(place.file) if place else None
    if place is None or tree is None:
        return None
    found = None
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.lineno <= place.line <= (node.end_lineno or 0):
            found = node.body[0].lineno
    return found


@cache
def without_gradients(place: Place | None) -> Place | None:
    """The line of the `no_grad` or `inference_mode` around a line, as a block or on its function; None if none."""
    tree = source_code.tree(place.file) if place else None
    if place is None or tree is None:
        return None
    found = None
    for node in ast.walk(tree):
        if not isinstance(node, (*WITH, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.lineno <= place.line <= (node.end_lineno or 0):
            said = [i.context_expr for i in node.items] if isinstance(node, WITH) else node.decorator_list
            for expression in said:
                if any(name in ast.unparse(expression) for name in _GRADIENTS_OFF):
                    found = Place(place.file, expression.lineno, place.function)
    return found


def loop_line(place: Place | None, outermost: bool = False) -> int | None:
    """The line of the loop around a line: the innermost, or the outermost one."""
    loops = enclosing(place, ast.For, ast.While)
    return None if not loops else loops[0 if outermost else -1].lineno


def tree_of(place: Place | None) -> ast.Module | None:
    """The syntax tree of a line's file."""
    return source_code.tree(place.file) if place is not None else None


def source(place: Place | None) -> str:
    """The text of a line's file; empty where it cannot be read."""
    return places.text(place.file) if place is not None else ""


def code_at(place: Place | None) -> str:
    """The text of a line."""
    lines = source(place).splitlines()
    return lines[place.line - 1].strip() if place is not None and place.line <= len(lines) else ""


def crossed(a: list[int], b: list[int]) -> bool:
    """Whether one is [B, 1] (or [B, 1, …]) and the other [B], with B > 1."""
    long, short = (a, b) if len(a) > len(b) else (b, a)
    if len(long) != len(short) + 1 or not short or short[0] < 2:
        return False
    return long[0] == short[0] and 1 in long[1:] and sorted(long) == sorted([*short, 1])
