"""The multilayer perceptron: linear map, activation, linear map, activation, ..., linear map.

Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", Nature 1986.
Dropout: Srivastava et al. 2014. Batch normalization: Ioffe & Szegedy 2015. Layer normalization:
Ba et al. 2016. Residual connections: He et al. 2015.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import FLOATS, VECTORS, Count, Rate, Switch, require
from vitreous.models.activations import Activation, activation_layer
from vitreous.models.initialize import LAST, Scheme, initialize


class Residual(nn.Sequential):
    """A block whose input is added to its output, so that gradients have a way around it."""

    def forward(self, x: Tensor) -> Tensor:
        """[B, width] to [B, width]."""
        change = x
        for layer in self:
            change = layer(change)
        return x + change


def mlp(
    input: InputSpec,
    task: Task,
    *,
    hidden: tuple[Count, ...] = (256, 128),
    activation: Activation = "relu",
    dropout: Rate | tuple[Rate, ...] = 0.0,
    batch_norm: Switch = False,
    layer_norm: Switch = False,
    residual: Switch = False,
    init: Scheme = "auto",
) -> nn.Sequential:
    """A stack of dense layers.

    Args:
        input: Features, an image or a sequence; flattened.
        task: Any with one vector of outputs an example.
        hidden: Width of each hidden layer; none makes a linear model.
        activation: What follows each hidden layer.
        dropout: Share of units silenced in training: one number, or one for each hidden layer.
        batch_norm: Normalize over the batch, between linear map and activation.
        layer_norm: Normalize over the units, at the same place.
        residual: Add a hidden layer's input to its output where both have the same width.
        init: How the weights start.

    Shape:
        [B, ...] to [B, outputs].

    Raises:
        ModelError: for tokens, a task of another kind, or options that contradict each other.
    """
    require("mlp", input, task, FLOATS, VECTORS)
    if batch_norm and layer_norm:
        raise ModelError("mlp takes batch_norm or layer_norm; both were asked for.", where="model.layer_norm")
    rates = dropout if isinstance(dropout, tuple) else (dropout,) * len(hidden)
    if len(rates) != len(hidden):
        message = f"expected one rate, or one for each of {len(hidden)} hidden layers; came {len(rates)}."
        raise ModelError(message, where="model.dropout")

    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = prod(input.shape)
    for number, (units, rate) in enumerate(zip(hidden, rates, strict=True), start=1):
        parts: OrderedDict[str, nn.Module] = OrderedDict(linear=nn.Linear(width, units))
        if batch_norm or layer_norm:
            parts["norm"] = nn.BatchNorm1d(units) if batch_norm else nn.LayerNorm(units)
        parts["activation"] = activation_layer(activation)
        if rate:
            parts["dropout"] = nn.Dropout(rate)
        # Every block adds to a residual stream's variance: 1/sqrt(depth) keeps the sum near 1.
        adds = residual and width == units
        block = Residual(parts) if adds else nn.Sequential(parts)
        layers[f"hidden{number}"] = initialize(block, activation, init, len(hidden) ** -0.5 if adds else 1.0)
        width = units
    layers["head"] = initialize(nn.Linear(width, task.outputs), "identity", init, gain=LAST)
    return nn.Sequential(layers)


MODELS = {"mlp": mlp}
