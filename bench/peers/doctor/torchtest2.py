"""torchtest2: ``check_model(model, inputs, targets, loss_fn=…, optimizer=…)`` on the first batch, before training.

The batch and the loss function are taken from the script: it runs up to its first ``backward``, and what it did
with tensors on the way is recorded. What comes after the network's output is the loss function; the first
tensor in it that does not come from the network is the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map

from bench.peers.doctor._watching import EnoughError, Session, main, watched

PACKAGE = "torchtest2"
SEVERITY = {"FAIL": "error", "WARN": "warning"}
RULES: dict[str, tuple[str, ...]] = {
    "forward": ("data/axis-order", "data/label-range"),
    "output_shape": (),
    "output_finite": ("loss/log-of-zero", "data/non-finite", "model/exploding-gradients", "model/bad-init"),
    "output_range": ("model/output-activation",),
    "output_varies": (
        "model/ignores-input", "model/dead-units", "model/saturated-units", "model/bad-init", "loss/broadcast",
    ),
    "eval_determinism": ("eval/train-mode", "train/eval-mode", "train/dropout-too-high"),
    "loss": (
        "loss/not-differentiable", "model/disconnected", "loss/log-of-zero", "loss/broadcast", "data/non-finite",
        "data/label-range",
    ),
    "initial_loss": (
        "model/bad-init", "data/not-normalized", "loss/softmax-before-cross-entropy", "model/output-activation",
        "loss/swapped-arguments", "data/split-leak",
    ),
    "optimizer_coverage": ("optim/wrong-parameters", "model/unregistered-parameters", "optim/frozen"),
    "gradient_flow": (
        "model/disconnected", "loss/not-differentiable", "model/dead-units", "model/vanishing-gradients",
        "model/saturated-units", "model/bad-init", "model/ignores-input",
    ),
    "gradient_magnitude": (
        "model/exploding-gradients", "model/bad-init", "loss/log-of-zero", "data/non-finite",
        "data/not-normalized",
    ),
    "params_change": (
        "optim/wrong-parameters", "optim/frozen", "optim/lr-too-low", "model/disconnected", "model/dead-units",
        "loss/not-differentiable", "model/vanishing-gradients",
    ),
    "frozen_params": ("optim/frozen", "optim/wrong-parameters"),
    "input_dependency": ("model/ignores-input", "data/axis-order"),
    "batch_independence": ("model/mixes-samples", "data/axis-order"),
    "overfit_batch": (
        "optim/lr-too-low", "optim/lr-too-high", "model/too-small", "loss/broadcast", "loss/swapped-arguments",
        "loss/mse-for-classification", "loss/softmax-before-cross-entropy", "loss/sigmoid-before-logits-loss",
        "optim/weight-decay-too-high",
        "loss/log-of-zero", "model/vanishing-gradients", "train/dropout-too-high",
    ),
    "gradcheck": (), "gpu": (),
}  # fmt: skip


class Done(NamedTuple):
    """One thing that the script did with tensors."""

    function: Callable[..., Any]
    args: Any
    kwargs: Any
    result: Any


class Recorder(TorchFunctionMode):
    """Records calls made by the script, not those inside a network."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Done] = []
        self.skipping: Callable[[], bool] = lambda: False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not self.skipping():
            self.done.append(Done(func, args, kwargs or {}, result))
        return result


class Check(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        self.recorder = Recorder()
        self.recorder.__enter__()
        self.calls: list[int] = []
        self.loss: Tensor | None = None

    def forwarded(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        if _weights_of(module) & _weights_of(self.model):
            # What ran inside the network was recorded as well: its call takes the place of that.
            self.recorder.done.append(Done(module, args, kwargs, output))
            self.calls.append(len(self.recorder.done) - 1)

    def before_backward(self, loss: Tensor) -> None:
        self.loss = loss
        self.recorder.__exit__(None, None, None)
        raise EnoughError

    def findings(self) -> list[dict[str, Any]]:
        import torchtest2

        if not self.calls:
            return []
        if self.loss is None:
            self.recorder.__exit__(None, None, None)
        report = torchtest2.check_model(self.model, optimizer=self.optimizer, **self.arguments())
        return [
            {"what": result.name, "severity": SEVERITY[result.status.value], "message": result.message}
            for result in report
            if result.status.value in SEVERITY
        ]

    def arguments(self) -> dict[str, Any]:
        """Inputs, targets, loss and, if the network is not called as ``model(inputs)``, how it is."""
        done, last = self.recorder.done, self.calls[-1]
        first = done[self.calls[0]]
        simple = len(self.calls) == 1 and first.function is self.model
        if simple and not first.kwargs:
            inputs = (
                first.args[0] if len(first.args) == 1 and isinstance(first.args[0], Tensor) else first.args
            )
            found: dict[str, Any] = {"inputs": inputs}
        elif simple and not first.args:
            found = {"inputs": first.kwargs}
        else:
            found = self._by_replay()
        outputs = done[last].result if simple else tuple(done[call].result for call in self.calls)
        targets = self._target()
        if self.loss is not None:
            found["loss_fn"] = lambda given, target=None: self._loss_of(outputs, given, targets, target)
            found["targets"] = targets
        return {name: _detached(value) for name, value in found.items()} | _batch_dimension(found)

    def _relevant(self) -> list[Done]:
        """What depends on a network's output, with the calls of networks."""
        live: set[int] = set()
        kept = []
        for number, each in enumerate(self.recorder.done):
            if number in self.calls or any(id(t) in live for t in _tensors((each.args, each.kwargs))):
                kept.append(each)
                live.update(id(t) for t in _tensors(each.result))
        return kept

    def _target(self) -> Tensor | None:
        """The first tensor beside the network's output that has as many rows as it."""
        steps = [each for each in self._relevant() if not isinstance(each.function, nn.Module)]
        live = {id(t) for each in self._relevant() for t in _tensors(each.result)}
        outputs = _tensors(self.recorder.done[self.calls[-1]].result)
        sizes = {size for output in outputs[:1] for size in output.shape}
        for each in steps:
            for tensor in _tensors((each.args, each.kwargs)):
                foreign = id(tensor) not in live and not isinstance(tensor, nn.Parameter)
                if foreign and tensor.dim() and tensor.shape[0] in sizes:
                    return tensor
        return None

    def _loss_of(self, recorded: Any, given: Any, target: Any, given_target: Any) -> Tensor:
        values = _pairs(recorded, given)
        if target is not None and given_target is not None:
            values[id(target)] = given_target
        steps = [each for each in self._relevant() if not isinstance(each.function, nn.Module)]
        loss: Tensor = _replay(steps, values)[id(self.loss)]
        return loss

    def _by_replay(self) -> dict[str, Any]:
        """Of a network that is called in parts or several times a batch."""
        last = self.recorder.done[self.calls[-1]]
        relevant = self._relevant()
        end = next(number for number, each in enumerate(relevant) if each is last) + 1
        steps = relevant[:end]
        live = {id(t) for each in steps for t in _tensors(each.result)}
        inputs = tuple(
            {
                id(t): t
                for each in steps
                if isinstance(each.function, nn.Module)
                for t in _tensors((each.args, each.kwargs))
                if id(t) not in live
            }.values()
        )

        def forward(_model: nn.Module, given: Any, _targets: Any = None) -> Any:
            values = _replay(steps, _pairs(inputs, given))
            calls = [self.recorder.done[call].result for call in self.calls]
            return tuple(tree_map(lambda value: values.get(id(value), value), call) for call in calls)

        return {"inputs": inputs, "forward_fn": forward, "eval_forward_fn": forward}


def _replay(steps: Sequence[Done], values: dict[int, Any]) -> dict[int, Any]:
    """The same calls on other tensors; recorded ones without a replacement stay as they were."""

    def replaced(value: Any) -> Any:
        return values.get(id(value), value)

    for each in steps:
        args, kwargs = tree_map(replaced, (each.args, each.kwargs))
        values |= _pairs(each.result, each.function(*args, **kwargs))
    return values


def _pairs(recorded: Any, given: Any) -> dict[int, Any]:
    old, new = tree_flatten(recorded)[0], tree_flatten(given)[0]
    return {id(a): b for a, b in zip(old, new, strict=True) if isinstance(a, Tensor)}


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, Tensor)]


def _weights_of(module: nn.Module) -> set[int]:
    return {id(weight) for weight in module.parameters()}


def _detached(value: Any) -> Any:
    return tree_map(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, value)


def _batch_dimension(found: dict[str, Any]) -> dict[str, int]:
    """Time comes first where only the second dimension of the input has as many entries as the target."""
    inputs, targets = _tensors(found["inputs"]), found.get("targets")
    if not inputs or targets is None or inputs[0].dim() < 3:
        return {}
    time, batch = inputs[0].shape[:2]
    turned = targets.shape[0] == batch != time
    return {"batch_dim": 1, "output_batch_dim": 0} if turned else {}


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(watched(Check))
