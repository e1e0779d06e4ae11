"""The mode that sees single tensor operations, by PyTorch's own override protocol."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.parameter import UninitializedParameter, is_lazy
from torch.overrides import TorchFunctionMode

from vitreous.record.events import Frozen, OpCall
from vitreous.record.taps import Taps

_LIBRARIES = ("torch.nn", "keras.src.layers")

# Questions about a tensor, which make no tensor and decide nothing a fault is about.
SILENT = frozenset(
    [
        "size",
        "dim",
        "numel",
        "stride",
        "storage_offset",
        "is_contiguous",
        "is_floating_point",
        "is_complex",
        "element_size",
        "__len__",
        "ndimension",
        "_set_grad_enabled",
        "_record_function_enter_new",
        "requires_grad_",
        "register_hook",
        "__repr__",
        "__format__",
        "untyped_storage",
        "storage",
        "data_ptr",
        "is_pinned",
        "type_as",
        "get_device",
        "_is_view",
        "is_same_size",
        "is_nonzero",
        "is_inference",
        "is_set_to",
        "is_shared",
        "__hash__",
        "_has_compatible_shallow_copy_type",
        "backward",
        "seed",
        "manual_seed",
        "get_default_dtype",
        "is_tensor",
        "is_storage",
        "result_type",
        "can_cast",
        "promote_types",
        "_record_function_exit",
        "retain_grad",
        "__set__",
        "is_grad_enabled",
        "broadcast_shapes",
        "iinfo",
        "finfo",
        "share_memory_",
    ]
)
# The losses of torch.nn.functional, by name.
LOSSES = [
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss",
    "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss", "multi_margin_loss",
    "multilabel_soft_margin_loss", "soft_margin_loss", "multilabel_margin_loss", "gaussian_nll_loss",
    "ctc_loss", "hinge_embedding_loss",
]  # fmt: skip
# Properties that give a tensor.
PROPERTIES = frozenset({"data", "T", "mT", "H", "mH", "real", "imag", "grad"})


class OpMode(TorchFunctionMode):
    """Sends `op_begin` and `op_end` around every operation that is more than a question."""

    def __init__(self, taps: Taps) -> None:
        super().__init__()
        self.taps = taps

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        taps = self.taps
        kwargs = kwargs or {}
        if taps.inside or taps.paused or not taps.ops:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name == "requires_grad_" or (name == "__set__" and _property(func) == "requires_grad"):
            wanted = args[1] if len(args) > 1 else kwargs.get("requires_grad", True)
            taps.send("frozen", Frozen(tensor=args[0], wanted=bool(wanted)))
            return func(*args, **kwargs)
        if name == "__get__":
            name = _property(func)
            if name not in PROPERTIES:
                return func(*args, **kwargs)
        elif name in SILENT or name.startswith("_record_function") or _is_shapeless(args):
            return func(*args, **kwargs)  # a parameter without a shape yet has nothing to be looked at
        if is_stand_in(args):
            return func(*args, **kwargs)
        call = OpCall(name=name, function=func, args=args, kwargs=kwargs, modules=tuple(taps.modules))
        return taps.op(call)


def is_ready_made(module: Any) -> bool:
    """Whether a module is a library's layer, so that the line to look at is the one that makes it; no container."""
    return type(module).__module__.startswith(_LIBRARIES) and not isinstance(module, torch.nn.Sequential)


def is_stand_in(given: Any) -> bool:
    """Whether something is computed of a tensor without numbers of its own.

    As Keras asks layers for the shapes of their results; a nested one has not even a shape.
    """
    first = given[0] if given else None
    return isinstance(first, torch.Tensor) and (first.is_meta or first.is_nested)


def _is_shapeless(args: Any) -> bool:
    """Whether an operation makes or fills a parameter of a lazy layer, which has no shape yet."""
    return bool(args) and (args[0] is UninitializedParameter or is_lazy(args[0]))


def _property(func: Any) -> str:
    return getattr(getattr(func, "__self__", None), "__name__", "")
