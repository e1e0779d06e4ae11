"""A plain convolutional network: convolve, activate, halve, as often as asked; then two dense layers.

One 3×3 filter slides over the whole image, so a stroke is found wherever it is, with 9 weights for
each pair of channels where a dense layer would need one for each pair of pixels.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import VECTORS, Count, Rate, Switch, require
from vitreous.models.activations import Activation, activation_layer
from vitreous.models.initialize import LAST, Scheme, initialize


def cnn(
    input: InputSpec,
    task: Task,
    *,
    channels: tuple[Count, ...] = (32, 64),
    hidden: Count = 128,
    activation: Activation = "relu",
    pool: Literal["max", "average"] = "max",
    batch_norm: Switch = False,
    dropout: Rate = 0.0,
    init: Scheme = "auto",
) -> nn.Sequential:
    """421,642 parameters for 1×28×28 and ten classes: 28 -> 14 -> 7, and 64·7·7 = 3136 -> 128 -> 10.

    Args:
        input: An image of any size that can be halved once for each of ``channels``.
        task: Any with one vector of outputs an example.
        channels: Filters of each convolution (3×3, padded); a 2×2 pool follows each.
        hidden: Units of the dense layer before the last.
        activation: What follows each layer but the last.
        pool: What a 2×2 patch becomes.
        batch_norm: Normalize each channel over the batch, between convolution and activation.
        dropout: Share of the dense layer's units silenced in training.
        init: How the weights start.

    Shape:
        [B, C, H, W] to [B, outputs].

    Raises:
        ModelError: for inputs that are no images, too small ones, or a task of another kind.
    """
    require("cnn", input, task, ("image",), VECTORS)
    depth, height, width = input.shape
    smallest = 2 ** len(channels)
    if min(height, width) < smallest:
        message = f"{len(channels)} pools need images of {smallest}×{smallest}; these are {height}×{width}."
        raise ModelError(message, where="model.channels", hint="Give fewer channels.")

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, filters in enumerate(channels, start=1):
        layers[f"conv{number}"] = nn.Conv2d(depth, filters, kernel_size=3, padding=1)
        if batch_norm:
            layers[f"norm{number}"] = nn.BatchNorm2d(filters)
        layers[f"activation{number}"] = activation_layer(activation)
        layers[f"pool{number}"] = nn.MaxPool2d(2) if pool == "max" else nn.AvgPool2d(2)
        depth, height, width = filters, height // 2, width // 2
    layers["flatten"] = nn.Flatten()
    layers["dense"] = nn.Linear(depth * height * width, hidden)
    layers["activation"] = activation_layer(activation)
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    model = initialize(nn.Sequential(layers), activation, init)
    model.add_module("head", initialize(nn.Linear(hidden, task.outputs), "identity", init, gain=LAST))
    return model


MODELS = {"cnn": cnn}
