"""Listens to every torch call of a model while it runs, and keeps the calls as steps with values.

A `TorchFunctionMode` sees calls at the level people write them: linear, conv2d, lstm. What torch itself writes in
Python (``F.multi_head_attention_forward``, ``Tensor.norm``) is entered, so that what it calls is seen too. Nothing of
the model is changed: no hook on it, and what it writes into its own buffers is put back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vitreous.looking import replay
from vitreous.looking.calls import kind_of, mapped, tensors, with_tensors, without_overrides
from vitreous.looking.layer_calls import LayerCalls
from vitreous.looking.memory import memory_of, places_in, version_of
from vitreous.looking.operation import Operation, all_operations
from vitreous.looking.steps import Role, Step, Value, values_in

# Properties of tensors that are operations; all other properties say something about a tensor.
PROPERTIES = ("T", "mT", "H", "mH", "data", "real")

# Asked of tensors, or done with them, without making a tensor; and what would show itself in the list only as noise.
ASIDE = frozenset(
    (
        "size",
        "dim",
        "numel",
        "nelement",
        "ndimension",
        "stride",
        "item",
        "tolist",
        "numpy",
        "is_contiguous",
        "data_ptr",
        "storage_offset",
        "element_size",
        "get_device",
        "is_floating_point",
        "is_complex",
        "is_same_size",
        "is_signed",
        "__bool__",
        "__int__",
        "__float__",
        "__index__",
        "__len__",
        "__hash__",
        "__repr__",
        "__str__",
        "__format__",
        "__deepcopy__",
        "__reduce_ex__",
        "__setstate__",
        "register_hook",
        "retain_grad",
        "backward",
        "requires_grad_",
        "untyped_storage",
        "storage",
        "_is_view",
        "is_nonzero",
        "equal",
        "allclose",
        "is_tensor",
        "is_storage",
        "_version",
        "__dlpack__",
        "__array__",
        "is_pinned",
        "is_shared",
        "share_memory_",
        "result_type",
        "can_cast",
        "typename",
        "get_default_dtype",
        "is_inference",
        "broadcast_shapes",
        "__dir__",
        "__contains__",
        "register_post_accumulate_grad_hook",
    )
)

# Written in C, and they write into buffers without saying so in their name.
WRITES_BUFFERS = ("batch_norm", "instance_norm")


class Capture(TorchFunctionMode):
    """Runs around a forward pass; afterwards has its steps.

    Args:
        model: Its parameters, buffers and layers give values and steps their names.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.leaves: list[Value] = []
        self.stage = ""
        self._names: dict[int, tuple[Role, str]] = {}
        for name, buffer in model.named_buffers():
            self._names[id(buffer)] = ("buffer", name)
        for name, parameter in model.named_parameters():
            self._names[id(parameter)] = ("parameter", name)
        # The tensor is kept with its value: as long as it lives, no other can have its id.
        self._known: dict[int, tuple[Tensor, Value, int]] = {}
        self._sharing: dict[int, list[Value]] = {}
        self._nodes: dict[Any, Value] = {}
        self._originals: dict[int, tuple[Tensor, Tensor]] = {}
        self._handles: list[Any] = []
        self._entered: list[FunctionType] = []
        self._count = 0
        self.layers = LayerCalls(model)

    @property
    def at(self) -> str:
        """The layer that runs now, or that raised."""
        return self.layers.at

    def trainable(self) -> list[tuple[Value, Tensor]]:
        """Every leaf that a gradient can reach: parameters, constants of the code, and what stands before an input."""
        held = {id(value): tensor for tensor, value, _ in self._known.values()}
        return [(v, held[id(v)]) for v in self.leaves if v.requires_grad and id(v) in held]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listens; whatever happens, every hook is taken off again behind it."""
        with ExitStack() as stack:
            stack.enter_context(self.layers.listening())
            stack.enter_context(self)
            yield

    def restore(self) -> None:
        """Puts back what the model wrote into its own buffers and parameters, and takes the tensors' hooks off."""
        for handle in self._handles:
            handle.remove()
        with torch.no_grad():
            for tensor, original in self._originals.values():
                for value in self._sharing.get(memory_of(tensor), ()):
                    value.tensor = value.tensor.clone()  # it was so then
                tensor.copy_(original)
        self._handles.clear()
        self._originals.clear()

    def release(self) -> None:
        """Lets go of torch's graph: values and steps keep only numbers."""
        self._known.clear()
        self._nodes.clear()
        self._sharing.clear()

    def begin(self, tensor: Tensor, role: Role, name: str) -> Value:
        """Makes a tensor known before the run: an input, the target."""
        value = self._value(tensor, role, name)
        self.leaves.append(value)
        if tensor.requires_grad and not tensor.is_leaf:
            self._listen(tensor, value)
        return value

    def value_of(self, tensor: Tensor) -> Value:
        """The value that a tensor is now."""
        entry = self._known.get(id(tensor))
        if entry is not None and entry[2] == version_of(tensor):
            value = entry[1]
            if value.requires_grad or not tensor.requires_grad or not _taken_over(tensor):
                return value
            return self._unseen(tensor, f"{type(tensor.grad_fn).__name__}: an autograd function of its own")
        base = tensor._base
        if (
            base is not None
            and id(base) in self._known
            and tensor.dtype == base.dtype
            and tensor.device.type != "meta"
        ):
            return self._view(tensor, base)
        if entry is not None:
            return self._leaf(tensor, "constant", f"{entry[1].name}, changed since")
        if tensor.grad_fn is not None:
            return self._unseen(tensor, "made where calls cannot be seen (scripted code, or C++)")
        role, name = self._names.get(id(tensor), ("constant", "a constant"))
        return self._leaf(tensor, role, name)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Every call of torch comes by here; this mode is off in the meantime."""
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", type(func).__name__).partition(".")[0]
        if name in ("__get__", "__set__", "__delete__"):
            name = getattr(getattr(func, "__self__", None), "__name__", "")
            if name not in PROPERTIES or func.__name__ != "__get__":
                return func(*args, **kwargs)
        if name in ASIDE:
            return func(*args, **kwargs)
        if not isinstance(func, FunctionType):
            return self._record(func, name, args, kwargs)
        if (
            self._entered and self._entered[-1] is func
        ):  # Tensor.unflatten calls the one in C, which has the same name
            return self._record(getattr(torch._C.TensorBase, name, func), name, args, kwargs)
        self._entered.append(func)
        try:
            with self:
                return without_overrides(func)(*args, **kwargs)
        finally:
            self._entered.pop()

    def _record(
        self, func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        kind, in_place = kind_of(name, kwargs)
        taken = mapped((args, kwargs), self.value_of)
        target = kwargs["out"] if "out" in kwargs else next(tensors(args), None)
        base_before, plain, version = None, taken, None
        if in_place and isinstance(target, Tensor):
            if target._base is not None:
                base_before = self.value_of(target._base)
                version = target._version
                taken = ((self._view(target, target._base, heard=False), *taken[0][1:]), taken[1])
            self._before_writing(target)
        elif kind is None or name in WRITES_BUFFERS:
            self._keep_buffers(args, kwargs, unknown=kind is None)
        device = target.device if isinstance(target, Tensor) else torch.device("cpu")
        state = replay.state_of(device) if kind is not None and kind.replays else None
        result = func(*args, **kwargs)
        if (
            isinstance(target, Tensor) and version == target._version
        ):  # dropout in evaluation: nothing was written
            taken, base_before = plain, None
            self.steps.pop().inputs[0].consumers.pop()
        made: list[Any] = [target] if result is None and in_place else list(tensors(result))
        if not made or (not in_place and all(self._is_known(t) for t in made)):
            return result  # nothing was made: a question, or a conversion to what it was already
        step = self._step(func, name, kind, args, kwargs, taken, made, state)
        step.in_place = in_place
        self._outputs(step, made, base_before, target if in_place else None)
        return result

    def _step(
        self, func: Callable[..., Any], name: str, kind: type[Operation] | None, args: tuple[Any, ...],
        kwargs: dict[str, Any], taken: tuple[tuple[Any, ...], dict[str, Any]], made: list[Any], state: Tensor | None,
    ) -> Step:  # fmt: skip
        """The step, its call bound to the operation by hand if there is one."""
        call, note = None, "" if kind else f"no operation by hand is called {name}"
        if kind is not None and kind.computes:
            try:
                extra = {"_shape": tuple(made[0].shape)} if kind.shaped else {}
                call = kind.bind(taken[0], {**taken[1], **extra})
                if state is not None:
                    call.arguments.update(
                        replay.masks(kind, func, args, dict(with_tensors(call.arguments)), state)
                    )
            except TypeError as error:
                kind, call, note = None, None, f"called in a way that is not known by hand: {error}"
        inputs = tuple(dict.fromkeys(values_in(taken[0]))) + tuple(
            dict.fromkeys(values_in(list(taken[1].values())))
        )
        where = self.layers.current(self.stage)
        step = Step(len(self.steps), name, where, kind, call, inputs, (), note=note)
        self.steps.append(step)
        for value in inputs:
            value.consumers.append(step)
        return step

    def _outputs(self, step: Step, made: list[Any], base_before: Value | None, target: Any) -> None:
        values = []
        for tensor in made:
            value = self._value(tensor, "step", f"step {step.number}", known=base_before is None)
            value.step = step
            values.append(value)
            if base_before is None and value.requires_grad and not tensor.is_leaf:
                self._listen(tensor, value)
        step.outputs = tuple(values)
        if base_before is not None:  # written through a view: what the memory holds now is a new value
            base = target._base
            places = places_in(target, base)
            write = self._inner_step("as_strided_write", (base_before, values[0], places))
            new = self._value(base, "step", f"step {write.number}")
            new.step, write.outputs = write, (new,)
            if base.requires_grad and not base.is_leaf:
                self._listen(base, new)

    def _inner_step(self, name: str, arguments: tuple[Any, ...]) -> Step:
        """A step that no call made: it says what memory shared by views does."""
        kind = all_operations()[name]
        inputs = tuple(a for a in arguments if isinstance(a, Value))
        where = self.layers.current(self.stage)
        step = Step(len(self.steps), name, where, kind, kind.bind(arguments, {}), inputs, ())
        self.steps.append(step)
        for value in inputs:
            value.consumers.append(step)
        return step

    def _view(self, tensor: Tensor, base: Tensor, *, heard: bool = True) -> Value:
        """A view of something that was written since: read again from what the memory holds.

        What is about to be written through a view is read so too: its gradient goes straight to the memory's, and
        torch tells nobody (``heard`` is False).
        """
        source = self.value_of(base)
        step = self._inner_step("as_strided_view", (source, places_in(tensor, base)))
        value = self._value(tensor, "step", f"step {step.number}", known=heard)
        value.step, step.outputs = step, (value,)
        if heard and value.requires_grad and not tensor.is_leaf:
            self._listen(tensor, value)
        return value

    def _unseen(self, tensor: Tensor, why: str) -> Value:
        """A tensor that something we could not listen to has made."""
        where = self.layers.current(self.stage)
        reached = self._reached(tensor.grad_fn)
        step = Step(len(self.steps), "unseen", where, None, None, tuple(reached), (), note=why)
        self.steps.append(step)
        for value in reached:
            value.consumers.append(step)
        value = self._value(tensor, "step", f"step {step.number}")
        value.step, step.outputs = step, (value,)
        self._listen(tensor, value)
        return value

    def _reached(self, node: Any) -> list[Value]:
        """The values that a node of torch's graph goes back to."""
        found: list[Value] = []
        waiting, seen = [node], set[Any]()
        while waiting and len(seen) < 10_000:
            for inner, _ in waiting.pop().next_functions:
                if inner is None or inner in seen:
                    continue
                seen.add(inner)
                if inner in self._nodes:
                    found.append(self._nodes[inner])
                elif hasattr(inner, "variable"):
                    found.append(self.value_of(inner.variable))
                else:
                    waiting.append(inner)
        return list(dict.fromkeys(found))

    def _leaf(self, tensor: Tensor, role: Role, name: str) -> Value:
        value = self._value(tensor, role, name)
        self.leaves.append(value)
        return value

    def _value(self, tensor: Tensor, role: Role, name: str, *, known: bool = True) -> Value:
        value = Value(self._count, role, name, tensor.detach(), requires_grad=tensor.requires_grad)
        self._count += 1
        if known:
            self._known[id(tensor)] = (tensor, value, version_of(tensor))
            if tensor.grad_fn is not None:
                self._nodes[tensor.grad_fn] = value
        self._sharing.setdefault(memory_of(tensor), []).append(value)
        return value

    def _listen(self, tensor: Tensor, value: Value) -> None:
        self._handles.append(tensor.register_hook(partial(_received, value)))

    def _is_known(self, tensor: Tensor) -> bool:
        entry = self._known.get(id(tensor))
        return entry is not None and entry[2] == version_of(tensor)

    def _before_writing(self, tensor: Tensor) -> None:
        """Copies every value that lies in the memory about to be written; remembers what belongs to the model."""
        for value in self._sharing.pop(memory_of(tensor), ()):
            value.tensor = value.tensor.clone()
        for owned, value, _ in list(self._known.values()):
            if value.role in ("parameter", "buffer") and memory_of(owned) == memory_of(tensor):
                self._originals.setdefault(id(owned), (owned, value.tensor))

    def _keep_buffers(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, unknown: bool) -> None:
        """Before a call that may write without saying so: running statistics, or anything we do not know."""
        statistics = [kwargs.get("running_mean"), kwargs.get("running_var"), *args[3:5]]
        for tensor in tensors((args, kwargs) if unknown else statistics):
            self._before_writing(tensor)


def _received(value: Value, gradient: Tensor | None) -> None:
    if gradient is not None:  # torch passes None for an unused output of several
        value.gradient_tensor = gradient.detach()


def _taken_over(tensor: Tensor) -> bool:
    """Whether an autograd function of somebody's own gave the tensor a way back that we did not see."""
    return tensor.grad_fn is not None
