"""Numbers made from nothing (zeros, ranges, copies of Python's numbers) and numbers drawn at random.

Nothing is computed from other tensors, so there is nothing to check and no way back: they are where a path begins.
Source: PyTorch's documentation, "Creation Ops", https://docs.pytorch.org/docs/stable/torch.html#creation-ops.
"""

from __future__ import annotations

from typing import Any

from vitreous.looking.operation import Operation


class Creation(Operation):
    """Filled by a rule."""

    names = (
        "zeros", "ones", "full", "empty", "arange", "linspace", "logspace", "eye", "tensor", "zeros_like", "ones_like",
        "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty", "new_tensor", "tril_indices",
        "triu_indices", "from_numpy", "scalar_tensor", "range", "hann_window", "empty_strided", "frombuffer",
    )  # fmt: skip
    title = "made from nothing"
    formula = "y = constant"
    derivative = "none: a path begins here"
    computes = False

    def forward(self, *_: Any, **__: Any) -> Any:
        """Never asked."""
        raise NotImplementedError


class Draw(Operation):
    """Drawn by torch's generator."""

    names = (
        "rand",
        "randn",
        "randint",
        "rand_like",
        "randn_like",
        "randint_like",
        "randperm",
        "normal",
        "bernoulli",
        "uniform",
        "multinomial",
        "poisson",
        "exponential",
        "geometric",
        "cauchy",
        "log_normal",
        "random",
        "binomial",
        "_standard_gamma",
    )
    title = "drawn at random"
    formula = "y ~ a distribution"
    derivative = "none: a path begins here"
    computes = False

    def forward(self, *_: Any, **__: Any) -> Any:
        """Never asked."""
        raise NotImplementedError
