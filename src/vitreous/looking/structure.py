"""The architecture as a table: each layer's kind, shapes, parameters with their sum, memory, multiply-adds, share.

Works on the meta device too: a model of billions of weights is run by shapes alone, and no memory is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from vitreous.looking import unwrap
from vitreous.looking.layer_calls import LayerCalls, Shape
from vitreous.looking.multiply_adds import multiply_adds
from vitreous.looking.steps import Step


@dataclass(frozen=True)
class Layer:
    """One module of a network.

    Attributes:
        name: As ``named_modules`` calls it; "" is the whole.
        kind: Its class.
        depth: How many modules it lies within.
        inputs: Shapes of the tensors it was given at its first call; empty where it did not run.
        outputs: Shapes of those it gave then.
        calls: How often it ran.
        parameters: Of its own, without inner modules'; one shared with an earlier layer counts there.
        sum: Their count written out: ``784·128 + 128 = 100,480``.
        trainable: Those of them that can learn.
        total_parameters: With inner modules'.
        parameter_bytes: Memory of its own parameters and buffers.
        output_bytes: Memory of what it gave, over all calls.
        multiply_adds: Of its own operations in one forward pass.
        share: Its part of all parameters, in [0, 1].
        cost: Its part of all multiply-adds, in [0, 1].
    """

    name: str
    kind: str
    depth: int
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    calls: int
    parameters: int
    sum: str
    trainable: int
    total_parameters: int
    parameter_bytes: int
    output_bytes: int
    multiply_adds: int
    share: float
    cost: float


@dataclass(frozen=True)
class Structure:
    """All layers, and what they come to.

    Attributes:
        layers: In the order of ``named_modules``, the whole first.
        parameters: Each counted once.
        trainable: Those that can learn.
        parameter_bytes: Parameters and buffers.
        activation_bytes: What the operations of a forward pass gave, and backward needs (row D12).
        multiply_adds: Of a forward pass.
        edges: Which layer's output went into which layer: (from, to), by name; "x" is the input.
        notes: What a person should know.
    """

    layers: tuple[Layer, ...]
    parameters: int
    trainable: int
    parameter_bytes: int
    activation_bytes: int
    multiply_adds: int
    edges: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __rich__(self) -> Any:
        from vitreous.looking.summary import Fitted, layer_table

        return Fitted(lambda wide: layer_table(self, wide))

    def __getitem__(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)


def structure(model: nn.Module, x: Any = None) -> Structure:
    """The structure of any network, with shapes where an input is given.

    The network runs forward once, without gradients, in the mode it is in; one on the meta device by shapes alone.

    Args:
        model: Any module.
        x: Its input, as for `look`; None gives the table without shapes and multiply-adds.

    Raises:
        ModelError: when the network raises.
    """
    from vitreous.looking.capture import Capture
    from vitreous.looking.inputs import bring_all, explain_failure

    watched, _ = unwrap.original(model)
    capture = Capture(watched)
    if x is not None:
        prepared = bring_all(watched, x)
        for name, tensor in prepared.tensors.items():
            capture.begin(tensor, "input", name)
        try:
            with unwrap.eager(), torch.no_grad(), capture.listening():
                watched(*prepared.args, **prepared.kwargs)
        except Exception as error:
            raise explain_failure(watched, error, prepared, capture.at) from error
        finally:
            capture.restore()
        capture.release()
    return structure_of(watched, capture.layers, capture.steps)


def structure_of(model: nn.Module, called: LayerCalls, steps: Sequence[Step]) -> Structure:
    """The table, from the calls that were seen."""
    costs: dict[str, int] = {}
    for step in steps:
        costs[step.module] = costs.get(step.module, 0) + multiply_adds(step)
    all_costs = sum(costs.values())
    owned: dict[str, list[tuple[str, nn.Parameter]]] = {}
    seen: set[int] = set()
    for name, module in model.named_modules():
        own = [(n, p) for n, p in module.named_parameters(recurse=False) if id(p) not in seen]
        seen.update(id(p) for _, p in own)
        owned[name] = own
    counts = {name: sum(_count(p) for _, p in own) for name, own in owned.items()}
    total = sum(counts.values())
    layers = []
    for name, module in model.named_modules():
        calls = called.calls.get(name)
        memory = [p for _, p in owned[name]] + list(module.buffers(recurse=False))
        inner = sum(
            n for other, n in counts.items() if not name or other == name or other.startswith(f"{name}.")
        )
        layers.append(Layer(
            name=name, kind=type(module).__name__, depth=name.count(".") + 1 if name else 0,
            inputs=calls.inputs if calls else (), outputs=calls.outputs if calls else (),
            calls=calls.count if calls else 0, parameters=counts[name], sum=written_out(module, owned[name]),
            trainable=sum(_count(p) for _, p in owned[name] if p.requires_grad), total_parameters=inner,
            parameter_bytes=sum(_count(t) * t.element_size() for t in memory if not is_lazy(t)),
            multiply_adds=costs.get(name, 0),
            output_bytes=calls.output_bytes if calls else 0, share=counts[name] / total if total else 0.0,
            cost=costs.get(name, 0) / all_costs if all_costs else 0.0,
        ))  # fmt: skip
    made = {id(v): v for step in steps for v in step.outputs if step.computes}
    return Structure(
        layers=tuple(layers), parameters=total, trainable=sum(layer.trainable for layer in layers),
        parameter_bytes=sum(layer.parameter_bytes for layer in layers),
        activation_bytes=sum(v.tensor.numel() * v.tensor.element_size() for v in made.values()),
        multiply_adds=all_costs, edges=edges(steps),
    )  # fmt: skip


def written_out(module: nn.Module, own: Sequence[tuple[str, nn.Parameter]]) -> str:
    """The count of a layer's parameters as it comes about: weights as products, the largest last axis first.

    A dense layer from 784 to 128 reads 784·128 + 128 = 100,480; a 3×3 convolution from 3 channels to 64 with a bias
    3·3·3·64 + 64 = 1,792; what is not known yet (lazy parameters) says so.
    """
    if not own:
        return ""
    if any(is_lazy(p) for _, p in own):
        return "made at the first call"
    terms = ["·".join(str(n) for n in reversed(p.shape)) or "1" for _, p in own]
    total = sum(_count(p) for _, p in own)
    text = " + ".join(terms)
    return f"{text} = {total:,}" if text != str(total) else f"{total:,}"


def edges(steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """Which layer's numbers went into which: what a drawing of the network has for arrows."""
    found: dict[tuple[str, str], None] = {}
    for step in steps:
        for value in step.inputs:
            source = (
                value.step.module if value.step is not None else value.name if value.role == "input" else None
            )
            if source is not None and source != step.module:
                found[source, step.module] = None
    return tuple(found)


def _count(tensor: torch.Tensor) -> int:
    return 0 if is_lazy(tensor) else prod(tensor.shape)
