"""LeNet-5: the convolutional network that read the digits on bank cheques.

LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", 1998.
Two rounds of convolve and pool, then three dense layers. The paper has tanh and averages; ReLU and
maxima, the defaults here, learn faster and end higher. ``activation="tanh", pool="average"`` goes back.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import VECTORS, require
from vitreous.models.activations import Activation, activation_layer
from vitreous.models.initialize import LAST, Scheme, initialize

SMALLEST = 12  # a side of 12 leaves one pixel behind the second pool


def lenet5(
    input: InputSpec,
    task: Task,
    *,
    activation: Activation = "relu",
    pool: Literal["max", "average"] = "max",
    init: Scheme = "auto",
) -> nn.Sequential:
    """61,706 parameters for 1×28×28 and ten classes.

    Args:
        input: An image; the paper's are 32×32, a smaller one is padded by 2 on each side.
        task: Any with one vector of outputs an example.
        activation: What follows each layer but the last.
        pool: What a 2×2 patch becomes.
        init: How the weights start.

    Shape:
        [B, C, H, W] to [B, outputs].

    Raises:
        ModelError: for inputs that are no images, smaller ones than 12×12, or a task of another kind.
    """
    require("lenet5", input, task, ("image",), VECTORS)
    channels, height, width = input.shape
    if min(height, width) < SMALLEST:
        raise ModelError(f"lenet5 takes images of 12×12 or more; these are {height}×{width}.")
    padding = 2 if min(height, width) < 32 else 0
    pooling = nn.MaxPool2d if pool == "max" else nn.AvgPool2d

    def behind(side: int) -> int:
        """How long a side is behind two rounds of 5×5 convolution and pool."""
        return ((side + 2 * padding - 4) // 2 - 4) // 2

    body = OrderedDict(
        conv1=nn.Conv2d(channels, 6, kernel_size=5, padding=padding),  # 1×28×28 -> 6×28×28
        activation1=activation_layer(activation),
        pool1=pooling(2),  # 6×14×14
        conv2=nn.Conv2d(6, 16, kernel_size=5),  # 16×10×10
        activation2=activation_layer(activation),
        pool2=pooling(2),  # 16×5×5
        flatten=nn.Flatten(),  # 400
        fc1=nn.Linear(16 * behind(height) * behind(width), 120),
        activation3=activation_layer(activation),
        fc2=nn.Linear(120, 84),
        activation4=activation_layer(activation),
    )
    model = initialize(nn.Sequential(body), activation, init)
    model.add_module("head", initialize(nn.Linear(84, task.outputs), "identity", init, gain=LAST))
    return model


MODELS = {"lenet5": lenet5}
