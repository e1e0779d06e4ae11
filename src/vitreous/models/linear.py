"""One linear map: linear regression, logistic regression, softmax regression.

Which of the three it is, the loss decides: squared error, binary or categorical cross-entropy
(Cox 1958). Every network should be compared with it first.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import FLOATS, VECTORS, require
from vitreous.models.initialize import LAST, Scheme, initialize


def linear(input: InputSpec, task: Task, *, init: Scheme = "auto") -> nn.Sequential:
    """Wx + b.

    Args:
        input: Features, an image or a sequence; flattened.
        task: Any with one vector of outputs an example.
        init: How the weights start.

    Shape:
        [B, ...] to [B, outputs].

    Raises:
        ModelError: for tokens, or a task of another kind.
    """
    require("linear", input, task, FLOATS, VECTORS)
    head = initialize(nn.Linear(prod(input.shape), task.outputs), "identity", init, gain=LAST)
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), head=head))


MODELS = {"linear": linear}
