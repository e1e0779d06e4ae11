"""The module that a person wrote, inside a compiled, parallel or scripted one: only its Python can be watched."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn


def original(model: nn.Module) -> tuple[nn.Module, str]:
    """The module to watch, and what it was taken out of ("" if it is as it came).

    ``torch.compile`` keeps the original beside its own; DataParallel wraps it. A scripted module is rebuilt from its
    Python class: its parameters, buffers, attributes and submodules are the scripted one's own (shared, not copied).
    A module that holds scripted ones is copied shallowly with those rebuilt; the person's own stays as it is.
    """
    said = ""
    if hasattr(model, "_orig_mod"):
        model, said = model._orig_mod, "a compiled module"  # type: ignore[assignment]
    if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
        model, said = model.module, "a parallel module"
    if any(isinstance(m, torch.jit.ScriptModule) or hasattr(m, "_orig_mod") for m in model.modules()):
        rebuilt = _rebuild(model)
        if rebuilt is not model:
            return rebuilt, said or "a scripted or compiled module"
    return model, said


@contextmanager
def eager() -> Iterator[None]:
    """Functions that the model has compiled run as they were written; nothing is imported for it."""
    compiler = sys.modules.get("torch._dynamo")
    with torch.compiler.set_stance("force_eager") if compiler is not None else nullcontext():
        yield


def _rebuild(module: nn.Module) -> nn.Module:
    """The module with every compiled or scripted one inside replaced, or itself where that cannot be."""
    if hasattr(module, "_orig_mod"):
        return _rebuild(module._orig_mod)  # type: ignore[arg-type]
    if isinstance(module, torch.jit.ScriptModule):
        return _unscripted(module)
    children = {name: _rebuild(child) for name, child in module.named_children()}
    if all(children[name] is child for name, child in module.named_children()):
        return module
    twin = copy.copy(module)
    twin.__dict__["_modules"] = {**module._modules, **children}
    return twin


def _unscripted(module: Any) -> nn.Module:
    """A plain module of the class that was scripted, around the same tensors; traced modules have no Python left."""
    kind = getattr(getattr(module, "_concrete_type", None), "py_class", None)
    if (
        kind is None
        or isinstance(module, torch.jit._trace.TopLevelTracedModule)
        or not issubclass(kind, nn.Module)
    ):
        return module  # type: ignore[no-any-return]
    if kind.__name__.startswith(("RecursiveScriptModule", "TracedModule")):
        return module  # type: ignore[no-any-return]
    twin: nn.Module = kind.__new__(kind)
    nn.Module.__init__(twin)
    concrete = module._concrete_type
    for name, parameter in module.named_parameters(recurse=False):
        twin._parameters[name] = parameter
    for name, buffer in module.named_buffers(recurse=False):
        twin._buffers[name] = buffer
    for name, child in module.named_children():
        twin._modules[name] = _rebuild(child)
    taken = {*twin._parameters, *twin._buffers, *twin._modules, "training"}
    values = {
        **concrete.get_constants(),
        **{name: getattr(module, name) for name in concrete.get_attributes() if name not in taken},
    }
    for name in (*getattr(kind, "__constants__", ()), *values):
        if name in taken:
            continue
        value = values.get(name, getattr(module, name, None))
        object.__setattr__(
            twin, name, getattr(value, "value", value) if type(value).__name__ == "ConstantValue" else value
        )
    for name, slot in (("bias", "_parameters"), ("weight", "_parameters"), ("running_mean", "_buffers")):
        if name in getattr(kind, "__annotations__", {}) and name not in taken and not hasattr(twin, name):
            twin.__dict__[slot][name] = None
    twin.training = bool(module.training)
    return twin
