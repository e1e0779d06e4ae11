"""PyTorch's entry points, wrapped so that the active taps hear of them, and as they were once nobody listens."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.optim import lr_scheduler, swa_utils
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, dataloader

from vitreous.record import exporters, keras_layers, keras_losses
from vitreous.record.events import (
    Backward,
    BatchEvent,
    Clearing,
    Constructed,
    LoaderEvent,
    LossCall,
    ModeEvent,
    ModuleCall,
    OpCall,
    OptimizerEvent,
    SchedulerEvent,
)
from vitreous.record.gradients import heard_grad
from vitreous.record.operations import LOSSES, is_stand_in
from vitreous.record.replaced import any_put, on_removal, put
from vitreous.record.taps import Taps


def install() -> bool:
    """Wraps what there is to wrap; False, and nothing done, where it is already."""
    if any_put():
        return False
    _wrap_modules()
    _wrap_losses()
    _wrap_autograd()
    _wrap_optimizers()
    _wrap_schedulers()
    _wrap_loaders()
    exporters.wrap()
    keras_layers.wrap(_module_call)
    keras_losses.wrap()
    return True


def _even_asleep() -> Taps | None:
    """The taps for what happens seldom: it is heard in their sleep too."""
    return Taps.active if Taps.asleep is None else Taps.asleep.session.taps


def _woken() -> Taps | None:
    """The taps, if an evaluation wakes them."""
    if Taps.asleep is not None:
        Taps.asleep.evaluation()
    return Taps.active


def _wrap_modules() -> None:
    plain_call, plain_init, plain_train = nn.Module.__call__, nn.Module.__init__, nn.Module.train
    plain_clear = nn.Module.zero_grad

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        taps = Taps.active
        if taps is None and Taps.asleep is not None and not torch.is_grad_enabled():
            taps = _woken()
        if taps is None or taps.inside or is_stand_in(args):
            return plain_call(self, *args, **kwargs)
        return _module_call(taps, plain_call, self, args, kwargs)

    @functools.wraps(plain_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        plain_init(self, *args, **kwargs)
        taps = _even_asleep()
        if taps is not None and taps.heard("module_made"):
            taps.send("module_made", Constructed(module=self))
            keras_layers.wrap(_module_call)
            keras_losses.wrap()

    @functools.wraps(plain_train)
    def train(self: Any, mode: bool = True) -> Any:
        taps = Taps.active if mode or Taps.asleep is None else _woken()
        if taps is None or taps.depth or not taps.heard("mode_begin"):
            return plain_train(self, mode)
        event = ModeEvent(module=self, mode=mode)
        taps.send("mode_begin", event)
        taps.depth += 1  # train() calls itself for every child: one event is enough
        try:
            return self if event.cancelled else plain_train(self, event.mode)
        finally:
            taps.depth -= 1

    @functools.wraps(plain_clear)
    def zero_grad(self: Any, *args: Any, **kwargs: Any) -> None:
        if not _cancelled(self, lambda: list(self.parameters())):
            plain_clear(self, *args, **kwargs)

    put(nn.Module, "__call__", __call__)
    put(nn.Module, "__init__", __init__)
    put(nn.Module, "train", train)
    put(nn.Module, "zero_grad", zero_grad)


def _module_call(taps: Taps, plain: Any, module: Any, args: Any, kwargs: Any) -> Any:
    event = ModuleCall(module=module, args=args, kwargs=kwargs, depth=len(taps.modules))
    if taps.heard("module_begin"):
        taps.send("module_begin", event)
    taps.modules.append(module)
    try:
        if _fast_path(module) and taps.ops:  # an override mode would take another way, with other last bits
            with torch._C.DisableTorchFunction():
                event.output = plain(module, *event.args, **event.kwargs)
        else:
            event.output = plain(module, *event.args, **event.kwargs)
    finally:
        taps.modules.pop()
    if taps.heard("module_end"):
        event._places = None if event.depth else event._places
        taps.send("module_end", event)
    return event.output


def _fast_path(module: Any) -> bool:
    fast = (nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerEncoder)
    return isinstance(module, fast) and not module.training


def _wrap_losses() -> None:
    for name in LOSSES:
        plain = getattr(functional, name)
        put(functional, name, _loss(name, plain))


def _loss(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    parameters = list(inspect.signature(plain).parameters)

    @functools.wraps(plain)
    def loss(*args: Any, **kwargs: Any) -> Any:
        taps = Taps.active
        if taps is None or taps.inside or taps.in_loss or is_stand_in(args):
            return plain(*args, **kwargs)  # in a loss, torch's override protocol comes back to this name
        given = dict(zip(parameters, args, strict=False)) | kwargs
        first, second = parameters[:2]
        event = LossCall(
            name=name, input=given.pop(first, None), target=given.pop(second, None), options=given
        )
        taps.send("loss_begin", event)
        taps.in_loss = True
        try:
            if not event.replaced:
                event.output = plain(**{first: event.input, second: event.target, **event.options})
        finally:
            taps.in_loss = False
        taps.send("loss_end", event)
        return event.output

    return loss


def _wrap_autograd() -> None:
    plain_backward, plain_apply = torch.autograd.backward, torch.autograd.Function.apply

    @functools.wraps(plain_backward)
    def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        taps = Taps.active
        if taps is None and Taps.asleep is not None:
            Taps.asleep.backward(tensors)
        if taps is None or taps.inside or not taps.heard("backward_begin"):
            return plain_backward(tensors, *args, **kwargs)
        roots = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        event = Backward(roots=roots)
        taps.send("backward_begin", event)
        if not event.cancelled:
            plain_backward(tuple(event.roots), *args, **kwargs)
        taps.send("backward_end", event)
        return None

    put(torch.autograd, "backward", backward)
    put(torch.autograd, "grad", heard_grad(torch.autograd.grad))

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        taps = Taps.active
        plain = plain_apply.__func__.__get__(cls)  # type: ignore[attr-defined]
        if taps is None or taps.inside or taps.paused or not taps.ops:
            return plain(*args, **kwargs)
        call = OpCall(
            name=f"{cls.__name__}.apply",
            function=plain,
            args=args,
            kwargs=kwargs,
            modules=tuple(taps.modules),
        )
        return taps.op(call)

    put(torch.autograd.Function, "apply", classmethod(apply))


def _cancelled(owner: Any, parameters: Callable[[], list[Any]]) -> bool:
    taps = Taps.active
    if taps is None or not taps.heard("clear_begin"):
        return False
    return taps.send("clear_begin", Clearing(owner=owner, parameters=parameters())).cancelled


def _wrap_optimizers() -> None:
    plain_init, plain_clear = torch.optim.Optimizer.__init__, torch.optim.Optimizer.zero_grad

    @functools.wraps(plain_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        plain_init(self, *args, **kwargs)
        taps = _even_asleep()
        if taps is not None and taps.heard("optimizer_made"):
            taps.optimizers += 1
            taps.send("optimizer_made", OptimizerEvent(optimizer=self))

    @functools.wraps(plain_clear)
    def zero_grad(self: Any, *args: Any, **kwargs: Any) -> None:
        taps = Taps.active
        if _cancelled(self, lambda: [p for g in self.param_groups for p in g["params"]]):
            return
        if taps is None:
            plain_clear(self, *args, **kwargs)
            return
        taps.paused += 1
        try:
            plain_clear(self, *args, **kwargs)
        finally:
            taps.paused -= 1

    def before(optimizer: Any, args: Any, kwargs: Any) -> Any:
        taps = Taps.active
        if taps is None or taps.inside:
            return None
        taps.send("step_begin", OptimizerEvent(optimizer=optimizer))
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if closure is None:
            taps.send("gradients_ready", OptimizerEvent(optimizer=optimizer))
        taps.paused += 1
        if closure is None:
            return None
        heard = _resumed(taps, closure, optimizer)
        return (
            ((args[0], heard, *args[2:]), kwargs) if len(args) > 1 else (args, {**kwargs, "closure": heard})
        )

    def after(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        taps = Taps.active
        if taps is not None and not taps.inside:
            taps.paused = max(0, taps.paused - 1)
            taps.send("step_end", OptimizerEvent(optimizer=optimizer))
        elif Taps.asleep is not None:
            Taps.asleep.tick(optimizer)

    put(torch.optim.Optimizer, "__init__", __init__)
    put(torch.optim.Optimizer, "zero_grad", zero_grad)
    on_removal(register_optimizer_step_pre_hook(before).remove)
    on_removal(register_optimizer_step_post_hook(after).remove)


def _resumed(taps: Taps, closure: Callable[[], Any], optimizer: Any) -> Callable[[], Any]:
    """The closure of a step, in which operations are seen again, and behind which its gradients are there."""

    @functools.wraps(closure)
    def run() -> Any:
        taps.paused -= 1
        try:
            loss = closure()
            taps.send("gradients_ready", OptimizerEvent(optimizer=optimizer))
            return loss
        finally:
            taps.paused += 1

    return run


def _wrap_schedulers() -> None:
    for kind in [*vars(lr_scheduler).values(), swa_utils.SWALR]:
        if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler) and "step" in vars(kind):
            put(kind, "step", _scheduler_step(kind.step))
    plain_init = lr_scheduler.LRScheduler._initial_step

    @functools.wraps(plain_init)
    def initial(self: Any) -> None:
        self._vitreous_quiet = True  # its own first step is no step of the program
        try:
            plain_init(self)
        finally:
            del self._vitreous_quiet
        _made(self)

    plateau = lr_scheduler.ReduceLROnPlateau
    plain_plateau = plateau.__init__

    @functools.wraps(plain_plateau)
    def plateau_init(self: Any, *args: Any, **kwargs: Any) -> None:  # it makes no first step
        plain_plateau(self, *args, **kwargs)
        _made(self)

    put(lr_scheduler.LRScheduler, "_initial_step", initial)
    put(plateau, "__init__", plateau_init)


def _made(scheduler: Any) -> None:
    taps = _even_asleep()
    if taps is not None and taps.heard("scheduler_made"):
        taps.send("scheduler_made", SchedulerEvent(scheduler=scheduler))


def _scheduler_step(plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        taps = _even_asleep()
        if taps is None or taps.inside or hasattr(self, "_vitreous_quiet"):
            return plain(self, *args, **kwargs)
        event = SchedulerEvent(scheduler=self, given=args[0] if args else kwargs.get("metrics"))
        if taps.send("scheduler_begin", event).cancelled:
            return None
        self._vitreous_quiet = True  # one that steps others is one event
        try:
            result = plain(self, *args, **kwargs)
        finally:
            del self._vitreous_quiet
        taps.send("scheduler_end", event)
        return result

    return step


def _wrap_loaders() -> None:
    plain_init, plain_next = DataLoader.__init__, dataloader._BaseDataLoaderIter.__next__
    plain_index = dataloader._BaseDataLoaderIter._next_index
    names = list(inspect.signature(plain_init).parameters)[2:]

    @functools.wraps(plain_init)
    def __init__(self: Any, dataset: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        taps = _even_asleep()
        if taps is None or not taps.heard("loader_begin"):
            plain_init(self, dataset, *args, **kwargs)
            return
        options = dict(zip(names, args, strict=False)) | kwargs
        event = LoaderEvent(loader=self, options={"dataset": dataset, **options})
        taps.send("loader_begin", event)
        plain_init(self, **event.options)

    @functools.wraps(plain_index)
    def _next_index(self: Any) -> Any:
        indices = plain_index(self)  # type: ignore[no-untyped-call]
        if Taps.active is not None:
            self._vitreous_indices = indices
        return indices

    @functools.wraps(plain_next)
    def __next__(self: Any) -> Any:  # noqa: N807
        taps = Taps.active
        if taps is None or taps.inside:
            return plain_next(self)
        taps.paused += 1  # collating a batch sample by sample is nobody's mistake
        try:
            batch = plain_next(self)
        finally:
            taps.paused -= 1
        if not taps.heard("batch"):
            return batch
        single = isinstance(self, dataloader._SingleProcessDataLoaderIter)
        indices = getattr(self, "_vitreous_indices", None) if single else None
        event = BatchEvent(
            loader=getattr(self, "_vitreous_loader", None), batch=batch, indices=indices,
            first=self._num_yielded == 1,
        )  # fmt: skip
        return taps.send("batch", event).batch  # type: ignore[attr-defined]

    plain_iterator = dataloader._BaseDataLoaderIter.__init__

    @functools.wraps(plain_iterator)
    def iterator_init(self: Any, loader: Any) -> None:
        plain_iterator(self, loader)
        self._vitreous_loader = loader

    put(DataLoader, "__init__", __init__)
    put(dataloader._BaseDataLoaderIter, "__init__", iterator_init)
    put(dataloader._BaseDataLoaderIter, "_next_index", _next_index)
    put(dataloader._BaseDataLoaderIter, "__next__", __next__)
