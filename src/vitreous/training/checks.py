"""The checks a careful engineer makes before training, each told in one line.

After Andrej Karpathy's recipe (https://karpathy.github.io/2019/04/25/recipe/): the shapes fit, the
first loss is what theory says, one batch can be learned by heart, and every parameter gets a gradient.
They work on a copy: the run starts from the same weights and random state as without them.
"""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from vitreous.data.types import Batch, Data
from vitreous.errors import DataError, ModelError
from vitreous.training import optimizers
from vitreous.training.evaluate import evaluating, forward
from vitreous.training.events import Check
from vitreous.training.losses import Loss, expected_initial_loss
from vitreous.training.recipe import TrainRecipe

FEW = 8
OVERFIT_STEPS = 120
OVERFIT_SECONDS = 2.0


def finite(batch: Batch) -> None:
    """Refuses NaN and infinity in the first batch; raises DataError naming example and place."""
    for tensor in batch[0] if isinstance(batch[0], tuple) else (batch[0],):
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            row, *place = (~torch.isfinite(tensor)).nonzero()[0].tolist()
            raise DataError(
                f"An input is {float(tensor[(row, *place)])}, expected a finite number.",
                where=f"example {row} of the first batch, position {place}",
                hint="Replace or drop it.",
            )


def trial(model: nn.Module, batch: Batch, data: Data) -> Any:
    """One forward pass without gradients; what the network makes of a batch.

    Raises:
        ModelError: when the network raises, or gives another shape than the task needs.
    """
    inputs, targets = batch
    try:
        with evaluating(model), torch.random.fork_rng(devices=[]):
            outputs = forward(model, inputs)
    except Exception as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"The network raised {type(error).__name__} on a batch of shape {shape_of(inputs)}: {message}",
            where=type(model).__name__,
            hint="Its first layer must take this shape.",
        ) from error
    _fits(outputs, targets, data, type(model).__name__)
    return outputs


def before_training(
    model: nn.Module, batch: Batch, outputs: Any, loss: Loss, data: Data, recipe: TrainRecipe
) -> list[Check]:
    """All checks, in the order of what they build on."""
    inputs, targets = batch
    parameters = sum(p.numel() for p in model.parameters())
    out = shape_of(outputs)
    checks = [Check("shapes", True, f"{shape_of(inputs)} → {out}, {parameters:,} parameters")]
    checks.append(_initial_loss(outputs, targets, loss, data, recipe))
    few = (tuple(x[:FEW] for x in inputs) if isinstance(inputs, tuple) else inputs[:FEW], targets[:FEW])
    with torch.random.fork_rng(devices=[]):
        probe = copy.deepcopy(model).train()
        checks.append(_gradients(probe, few, loss, frozen=recipe.freeze is not None))
        checks.append(_one_batch(probe, few, loss))
    return checks


def layer_table(model: nn.Module, inputs: Any) -> list[dict[str, Any]]:
    """Every layer with parameters or a change of shape: name, kind, shapes, and the parameter sum spelled out."""
    rows: list[dict[str, Any]] = []
    layers = {
        name or "model": module
        for name, module in model.named_modules()
        if not any(module.children()) or any(True for _ in module.parameters(recurse=False))
    }
    counted: set[int] = set()  # a layer that is called twice, or a tied weight, is learned once

    def row(name: str, first: Any, output: Any) -> None:
        tensor = output[0] if isinstance(output, tuple) else output
        shapes = [list(t.shape) if isinstance(t, Tensor) else [] for t in (first, tensor)]
        own = [p for p in layers[name].parameters(recurse=False) if id(p) not in counted]
        counted.update(id(p) for p in own)
        rows.append({
            "name": name, "kind": type(layers[name]).__name__, "input_shape": shapes[0], "output_shape": shapes[1],
            "parameters": sum(p.numel() for p in own),
            "sum": " + ".join("·".join(str(n) for n in p.shape) for p in own),
        })  # fmt: skip

    def look(name: str) -> Any:
        return lambda _module, args, output: row(name, args[0] if args else None, output)

    hooks = [module.register_forward_hook(look(name)) for name, module in layers.items()]
    try:
        with evaluating(model), torch.random.fork_rng(devices=[]):
            forward(model, inputs)
    finally:
        for handle in hooks:
            handle.remove()
    for name, module in layers.items():  # used without being called, as an attention's own projection is
        if any(id(p) not in counted for p in module.parameters(recurse=False)):
            row(name, None, None)
    return rows


def shape_of(value: Any) -> str:
    """A shape as people write it: 64×1×28×28."""
    if isinstance(value, Tensor):
        return "×".join(str(n) for n in value.shape) or "a number"
    if isinstance(value, tuple | list):
        return " and ".join(shape_of(part) for part in value)
    return type(value).__name__


def _fits(outputs: Any, targets: Tensor, data: Data, name: str) -> None:
    task = data.task
    if not isinstance(outputs, Tensor):
        if task.kind == "reconstruction":
            return  # such a network brings its own loss
        raise ModelError(
            f"Its forward gives a {type(outputs).__name__}, expected one tensor of logits.", where=name
        )
    expected = {
        "binary": (len(targets), 1), "multiclass": (len(targets), task.outputs),
        "multilabel": tuple(targets.shape), "regression": tuple(targets.shape), "forecast": tuple(targets.shape),
        "tagging": (*targets.shape, task.outputs), "next-token": (*targets.shape, task.outputs),
        "reconstruction": tuple(targets.shape),
    }[task.kind]  # fmt: skip
    if tuple(outputs.shape) != expected:
        wanted = "×".join(str(n) for n in expected)
        raise ModelError(
            f"It gives {shape_of(outputs)} for a batch of {len(targets)}, expected {wanted} ({task.kind}).",
            where=name,
            hint=f"Its last layer needs {task.outputs} outputs.",
        )


def _initial_loss(outputs: Any, targets: Tensor, loss: Loss, data: Data, recipe: TrainRecipe) -> Check:
    value = float(loss(outputs, targets))
    expected = expected_initial_loss(data.task, recipe)
    if expected is None:
        return Check("initial loss", math.isfinite(value), f"{value:.3g}")
    number, formula = expected
    named = (
        f"expected {formula} = {number:.3g}"
        if formula.startswith("ln")
        else f"expected {number:.3g}, {formula}"
    )
    if number < value * 3 and value < 3 * number + 0.5:
        return Check("initial loss", True, f"{value:.3g}, {named}")
    return Check(
        "initial loss", False, f"{value:.3g}, {named}: the first weights or the inputs are far off scale"
    )


def _gradients(probe: nn.Module, batch: Batch, loss: Loss, *, frozen: bool) -> Check:
    probe.zero_grad()
    loss(forward(probe, batch[0]), batch[1]).backward()
    named = list(probe.named_parameters())
    learning = [(name, p) for name, p in named if p.requires_grad]
    missed = [name for name, p in learning if p.grad is None]
    if missed:
        more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
        return Check("gradients", False, f"reach all but {', '.join(missed[:3])}{more}")
    held = len(named) - len(learning)
    note = f"; {held} frozen" + ("" if frozen else " by the network itself") if held else ""
    return Check("gradients", True, f"reach {len(learning)} of {len(learning)} parameter tensors{note}")


def _one_batch(probe: nn.Module, batch: Batch, loss: Loss) -> Check:
    """Learns a few examples by heart: what cannot, has a fault in network, loss or data."""
    # Dropout and mixing of statistics make a batch harder than it is: off for this.
    for module in probe.modules():
        if isinstance(module, nn.Dropout | nn.modules.batchnorm._BatchNorm):
            module.eval()
    learning = [p for p in probe.parameters() if p.requires_grad]
    if not learning:
        return Check("one batch", False, "nothing can be learned: every parameter is frozen")
    small = sum(p.numel() for p in learning) < 5_000_000
    optimizer = optimizers.adam(learning, lr=1e-2 if small else 1e-3)
    deadline = time.monotonic() + OVERFIT_SECONDS
    first = last = lowest = float("nan")
    for step in range(OVERFIT_STEPS):
        optimizers.clear(learning)
        value = loss(forward(probe, batch[0]), batch[1])
        value.backward()
        optimizers.step(optimizer)
        last = value.item()
        if step == 0:
            first = lowest = last
        lowest = min(lowest, last)
        if last < 0.05 * first:
            return Check(
                "one batch",
                True,
                f"{len(batch[1])} examples learned by heart in {step} steps ({first:.3g} → {last:.2g})",
            )
        if time.monotonic() > deadline:
            text = f"not finished in {OVERFIT_SECONDS:g} s: {step + 1} steps, {first:.3g} → {last:.3g}"
            return Check("one batch", True, text)
    learned = lowest < 0.7 * first
    ending = "" if learned else ": too little capacity, or a fault in network, loss or data"
    return Check(
        "one batch",
        learned,
        f"{len(batch[1])} examples, {OVERFIT_STEPS} steps: {first:.3g} → {last:.3g}{ending}",
    )
