"""Notes on models: which are called from the user's loop, in which mode, and whether that was training."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.loss import _Loss
from torch.nn.parameter import is_lazy

from vitreous.record.events import Listener, ModuleCall
from vitreous.record.facts import EvaluationPass, ModelFacts, ModuleFacts, PassSite
from vitreous.record.measure import facts, tensors
from vitreous.record.taps import Taps

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST_MODELS, _MOST_SITES, _MOST_PENDING, _MOST_PASSES = 40, 60, 4000, 20_000
_TRACED_CALLS = 3  # calls from a new line that are traced whatever the step
_SEVERAL = 3  # samples, to compare one with the others
_LISTENED_CALLS = 400  # calls in evaluation behind which comparisons are counted


@dataclass(eq=False)
class _Pass:
    """A call that waits for a backward pass."""

    site: int
    batch: int
    training: bool  # a sensitive module is in training mode
    graph: bool
    trained: bool = False
    whole: bool = False
    used: bool = False


class ModelNotes(Listener):
    """Every module called from outside any module, by the line that calls it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.models: list[ModelFacts] = []
        self.sites: list[PassSite] = []
        self.passes: list[EvaluationPass] = []
        self._numbers: weakref.WeakKeyDictionary[nn.Module, int] = weakref.WeakKeyDictionary()
        self._sensitive: dict[int, list[nn.Module]] = {}
        self._modules: dict[int, dict[int, ModuleFacts]] = {}
        self._sites: dict[tuple[int, Any, bool], int] = {}
        self._pending: list[_Pass] = []
        self._outputs: dict[int, tuple[Any, _Pass]] = {}
        self._current: int | None = None
        self._given: tuple[int, tuple[Any, ...], dict[str, Any]] | None = None
        self._listened = 0
        self.last: dict[int, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {}
        # the last with some samples: a model may be evaluated one by one in the end
        self.several: dict[int, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {}

    def module_begin(self, event: ModuleCall) -> None:
        """A call from the loop: finds its line, and begins to trace if the line is new."""
        if event.depth or isinstance(event.module, _Loss):
            return
        number = self._number(event.module)
        if number is None:
            return
        place = event.place
        site = self._site(number, place, event)
        if site is None:
            return
        self._current, self._given = number, (number, event.args, event.kwargs)
        known = self.sites[site]
        seen = known.trained + known.evaluated + sum(p.site == site for p in self._pending[-_TRACED_CALLS:])
        event.note["site"] = site
        if self.session.setup and not self._pending and not self.session.traces.started:
            self.session.traces.begin()
        if seen < _TRACED_CALLS and not self.session.recording and self.session.trace:
            self.session.watch_ops(True)
        elif not self.session.recording and self._listened < _LISTENED_CALLS and not torch.is_grad_enabled():
            self._listened += 1
            self.session.taps.want_ops(True)  # to hear what answers are compared with, without recording it
        if self.session.recording and not known.inputs:
            known.inputs = [facts(t) for t in tensors([event.args, event.kwargs])[:4]]
        self.session.data.given(number, event)

    def module_end(self, event: ModuleCall) -> None:
        """Watches whether a gradient will come back through the output."""
        if event.depth:
            self._inner(event)
            return
        site = event.note.get("site")
        self._current = self._given = None
        if site is None:
            return
        outputs = tensors(event.output)
        sensitive = self._sensitive[self.sites[site].model]
        passed = _Pass(
            site,
            len(outputs[0]) if outputs and outputs[0].ndim else 0,
            any(module.training for module in sensitive),
            torch.is_grad_enabled() and any(t.requires_grad for t in outputs),
        )
        passed.whole = event.module.training
        self.session.data.passed(passed)
        if not self.session.resting:
            self.session.judged.answered(event, passed)
        for tensor in outputs[:4]:
            if self.session.recording:
                self._outputs[id(tensor)] = (weakref.ref(tensor), passed)
            if tensor.requires_grad and tensor.grad_fn is not None:
                tensor.register_hook(_marks(passed))
        known = self.sites[site]
        if self.session.recording and not known.outputs:
            known.outputs = [facts(t) for t in outputs[:4]]
        if len(self._pending) < _MOST_PENDING:
            self._pending.append(passed)
        self.last.pop(self.sites[site].model, None)  # so that the last one called is the last in it
        self.last[self.sites[site].model] = (event.module, event.args, event.kwargs)
        first = event.args[0] if event.args else next(iter(event.kwargs.values()), None)
        if isinstance(first, Tensor) and first.ndim and len(first) >= _SEVERAL:
            self.several[self.sites[site].model] = self.last[self.sites[site].model]

    def latest(self) -> tuple[int, tuple[Any, ...], dict[str, Any]] | None:
        """The model that is being called, as one that computes its own loss is then, else the last one; what it got."""
        if self._given is not None or not self.last:
            return self._given
        number = next(reversed(self.last))
        _, args, kwargs = self.last[number]
        return number, args, kwargs

    def settle(self) -> None:
        """A step is over: calls that no gradient came back through were evaluation."""
        step = self.session.step
        for passed in self._pending:
            site = self.sites[passed.site]
            sensitive = self._sensitive[site.model]
            site.last_step = step
            if passed.trained:
                site.trained += 1
                site.eval_mode += bool(sensitive) and not passed.training
                continue
            site.evaluated += 1
            site.training_mode += passed.training
            site.with_graph += passed.graph
            site.whole_training |= passed.whole
            site.result_used |= passed.used
            self._evaluated(step, passed)
        self._pending.clear()
        self._outputs.clear()

    def finish(self) -> None:
        """The program is over: layers may have been replaced since their model was first called."""
        for number, (model, *_) in self.last.items():
            self.session.parameters.left(number, model)

    def used(self, tensor: Any) -> None:
        """An operation outside of models takes a tensor."""
        entry = self._outputs.get(id(tensor))
        if entry is not None and entry[0]() is tensor:
            entry[1].used = True

    def _evaluated(self, step: int, passed: _Pass) -> None:
        last = self.passes[-1] if self.passes else None
        if last is not None and last.step == step and last.site == passed.site:
            last.calls += 1
            last.samples += passed.batch
        elif len(self.passes) < _MOST_PASSES:
            self.passes.append(EvaluationPass(step, passed.site, 1, passed.batch))

    def _inner(self, event: ModuleCall) -> None:
        """A module within a model: counted while operations are recorded."""
        if not self.session.recording or self._current is None:
            return
        self.session.parameters.owned(event.module)
        known = self._modules[self._current].get(id(event.module))
        if known is not None:
            known.calls += 1
            known.eval_in_training += not event.module.training and torch.is_grad_enabled()

    def _number(self, module: nn.Module) -> int | None:
        number = self._numbers.get(module)
        if number is None and self.session.parameters.any_of(module) and len(self.models) < _MOST_MODELS:
            number = len(self.models)
            self._numbers[module] = number
            self._describe(number, module)
        return number

    def _describe(self, number: int, model: nn.Module) -> None:
        places = self.session.parameters
        found = ModelFacts(number, type(model).__name__, places.place_of(model))
        index = self._modules[number] = {}
        sensitive = []
        for path, module in model.named_modules():
            own = not type(module).__module__.startswith("torch.")
            options = "" if any(module.children()) else module.extra_repr()[:120]
            entry = ModuleFacts(path, type(module).__name__, own, options, places.place_of(module))
            first = getattr(getattr(module, "self_attn", module), "batch_first", None)
            entry.batch_first = first if isinstance(first, bool) else None
            found.modules.append(entry)
            index[id(module)] = entry
            if is_sensitive(module):
                sensitive.append(module)
                found.sensitive.append(path)
        found.parameters = sum(p.numel() for p in model.parameters() if not is_lazy(p))
        self._sensitive[number] = sensitive
        self.models.append(found)
        places.register(number, model)

    def _site(self, model: int, place: Any, event: ModuleCall) -> int | None:
        key = (model, place, torch.is_grad_enabled())  # a loop over phases trains and evaluates from one line
        site = self._sites.get(key)
        if site is None and len(self.sites) < _MOST_SITES:
            site = self._sites[key] = len(self.sites)
            self.sites.append(PassSite(site, model, place, list(event.places), first_step=self.session.step))
        return site


def is_sensitive(module: nn.Module) -> bool:
    """Whether a module does something else in training than in evaluation."""
    if isinstance(module, _DropoutNd):
        return module.p > 0
    if isinstance(module, _NormBase):
        return module.track_running_stats
    if isinstance(module, nn.RNNBase):
        return module.dropout > 0
    return isinstance(module, nn.MultiheadAttention) and module.dropout > 0


def _marks(passed: _Pass) -> Callable[[Any], None]:
    def mark(_gradient: Any) -> None:
        passed.trained |= Taps.active is None or not Taps.active.asking

    return mark
