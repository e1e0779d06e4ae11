"""Runs somebody's training script as it is, and calls a tool where its user would have written the call.

The moments are found from outside: an optimizer is built, its network is called with gradients on for the first
time, ``backward`` returns, an optimizer has stepped, a loss is computed with gradients off. A tool is one
`Session` for each optimizer and the network that it trains.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

LOSSES = (
    "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "kl_div", "gaussian_nll_loss", "poisson_nll_loss",
)  # fmt: skip
ORDER = {"error": 0, "warning": 1, "info": 2}


class EnoughError(BaseException):
    """Ends the script: the tool has seen all that it looks at. No script catches it."""


class Session:
    """One tool on one network; what a tool does not need stays as it is.

    Args:
        model: The network that is trained, before its first call of the first batch.
        optimizer: Its optimizer; none where the script moves the weights itself.
    """

    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        self.model = model
        self.optimizer = optimizer

    def forwarded(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        """A network has been called from outside any other."""

    def before_backward(self, loss: Tensor) -> None:
        """``loss.backward()`` is about to run."""

    def after_backward(self, loss: float, held_out: float | None) -> None:
        """Gradients are there, the step is not yet made; `held_out` is the loss of an evaluation before it."""

    def after_step(self, loss: float, held_out: float | None) -> None:
        """Once a batch: the optimizer has stepped, or the next batch begins without a step."""

    def findings(self) -> list[dict[str, Any]]:
        """What the tool says at the end: ``what`` (its rule), ``severity``, perhaps ``line``, and its words."""
        return []


class Watcher:
    """Puts sessions into a script that runs; a context manager that leaves torch as it found it."""

    def __init__(self, session: Callable[[nn.Module, Optimizer | None], Session], script: str) -> None:
        self.sessions: dict[Any, Session] = {}
        self.depth = 0
        self._make = session
        self._script = script
        self._optimizers: list[Optimizer] = []
        self._tried: set[tuple[int, int]] = set()
        self._stepping = 0
        self._loss: float | None = None
        self._held_out: list[float] = []
        self._last_root: nn.Module | None = None
        self._unscaled: tuple[Tensor, float] | None = None
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Watcher:
        self._replace(nn.Module, "__call__", self._call)
        self._replace(Tensor, "backward", self._backward)
        self._replace(Optimizer, "__init__", self._built)
        self._replace(torch.amp.GradScaler, "scale", self._scaled)
        for name in LOSSES:
            self._replace(nn.functional, name, self._evaluated)
        for hook in (
            register_optimizer_step_pre_hook(self._before_step),
            register_optimizer_step_post_hook(self._after_step),
        ):
            self._undo.callback(hook.remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()
        self._end_of_batch()

    def _replace(self, owner: Any, name: str, around: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return around(original, *args, **kwargs)

        setattr(owner, name, wrapper)
        self._undo.callback(setattr, owner, name, original)

    # What happens in the script

    def _call(self, original: Callable[..., Any], module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        root = not self.depth and threading.current_thread() is threading.main_thread()
        if not root or next(module.parameters(), None) is None:  # a loss is a module too
            return original(module, *args, **kwargs)
        if torch.is_grad_enabled():
            self._begin(module)
        self.depth += 1
        try:
            output = original(module, *args, **kwargs)
        finally:
            self.depth -= 1
        if torch.is_grad_enabled():
            for session in self.sessions.values():
                session.forwarded(module, args, kwargs, output)
        return output

    def _begin(self, module: nn.Module) -> None:
        if not self._stepping:
            self._end_of_batch()
        self._last_root = module
        for optimizer in self._optimizers:
            key = (id(module), id(optimizer))
            if optimizer in self.sessions or key in self._tried:
                continue
            self._tried.add(key)
            model = model_of(module, optimizer, self._script, only=len(self._optimizers) == 1)
            if model is not None:
                self.sessions[optimizer] = self._make(model, optimizer)

    def _backward(self, original: Callable[..., Any], tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not self._optimizers and not self.sessions and self._last_root is not None:
            self.sessions[None] = self._make(self._last_root, None)
        if not self._stepping:
            self._end_of_batch()
        for session in self.sessions.values():
            session.before_backward(tensor)
        result = original(tensor, *args, **kwargs)
        if tensor.numel() == 1:
            scaled, loss = self._unscaled or (None, 0.0)
            self._loss = loss if scaled is tensor else float(tensor.detach())
            self._unscaled = None
            if len(self.sessions) == 1 and not self._stepping:
                next(iter(self.sessions.values())).after_backward(self._loss, self._mean_held_out())
        return result

    def _before_step(self, optimizer: Optimizer, *_: Any) -> None:
        self._stepping += 1
        session = self.sessions.get(optimizer)
        if session and self._loss is not None and len(self.sessions) > 1:
            session.after_backward(self._loss, self._mean_held_out())

    def _after_step(self, optimizer: Optimizer, *_: Any) -> None:
        self._stepping -= 1
        session = self.sessions.get(optimizer)
        if session and self._loss is not None:
            session.after_step(self._loss, self._mean_held_out())
            self._loss = None
            self._held_out.clear()

    def _end_of_batch(self) -> None:
        """Of a batch without a step: gradients accumulate, or the step is missing."""
        if self._loss is not None and len(self.sessions) == 1:
            next(iter(self.sessions.values())).after_step(self._loss, self._mean_held_out())
            self._loss = None
            self._held_out.clear()

    def _built(self, original: Callable[..., Any], optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
        original(optimizer, *args, **kwargs)
        self._optimizers.append(optimizer)

    def _scaled(self, original: Callable[..., Any], scaler: Any, outputs: Any) -> Any:
        result = original(scaler, outputs)
        if isinstance(outputs, Tensor) and outputs.numel() == 1:
            self._unscaled = (result, float(outputs.detach()))  # a user logs the loss, not the scaled one
        return result

    def _evaluated(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if not torch.is_grad_enabled() and not self._stepping and result.numel() == 1:
            self._held_out.append(float(result))
        return result

    def _mean_held_out(self) -> float | None:
        return statistics.fmean(self._held_out) if self._held_out else None


def model_of(called: nn.Module, optimizer: Optimizer, script: str, *, only: bool) -> nn.Module | None:
    """The network that a user would hand to a tool beside `optimizer`, when `called` is about to be called.

    That is the one called if the optimizer has its weights alone; else the smallest of the script's that holds
    both; else all of the script's networks that the optimizer trains, together. Where it trains none of them
    (that is a fault) and is the script's only one, it is the one called.
    """
    wanted = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    own = _weights(called)
    if wanted <= own:
        return called
    others = _modules_of(script)
    around = [module for module in others if wanted | own <= _weights(module)]
    if around:
        return min(around, key=lambda module: len(_weights(module)))
    if not wanted & own:
        return called if only else None
    parts: list[nn.Module] = []
    for module in sorted([called, *others], key=lambda module: -len(_weights(module))):
        inside = any(module is inner for part in parts for inner in part.modules())
        if wanted & _weights(module) and not inside:
            parts.append(module)
    return parts[0] if len(parts) == 1 else nn.ModuleList(parts)


def _weights(module: nn.Module) -> set[int]:
    return {id(weight) for weight in module.parameters()}


def _modules_of(script: str) -> list[nn.Module]:
    """The networks that the script's running code has names for, and those that its own objects hold."""
    frame: types.FrameType | None = sys._getframe()
    found: dict[int, nn.Module] = {}
    while frame is not None:
        if frame.f_code.co_filename == script:
            for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
                plain = () if isinstance(value, nn.Module | type) else getattr(value, "__dict__", {}).values()
                for each in (value, *plain):
                    if isinstance(each, nn.Module):
                        found[id(each)] = each
        frame = frame.f_back
    return list(found.values())


def run_script(script: Path) -> str | None:
    """Runs the script as ``python SCRIPT`` would, in an empty folder, its output thrown away.

    Not with runpy: when that returns, the script's ``__main__`` is gone, and a tool that looks at its variables
    once more at the end finds nothing.

    Returns:
        The last line of its traceback, where it ended with one.
    """
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(script), __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    try:
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), main.__dict__)
    except EnoughError:
        return None
    except SystemExit as ended:
        return f"SystemExit: {ended.code}" if ended.code else None
    except Exception:
        return traceback.format_exc().strip().splitlines()[-1][:300]
    return None


def by_rule(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One finding a rule, its gravest, in the order in which a reader meets them: the grave ones first."""
    kept: dict[str, dict[str, Any]] = {}
    for finding in sorted(findings, key=lambda finding: ORDER[finding["severity"]]):
        kept.setdefault(finding["what"], finding)
    return list(kept.values())


def watched(session: Callable[[nn.Module, Optimizer | None], Session]) -> Callable[[Path], dict[str, Any]]:
    """An `examine` for a tool that is called from inside the loop."""

    def examine(script: Path) -> dict[str, Any]:
        watcher = Watcher(session, str(script))
        with watcher:
            error = run_script(script)
        found = [finding for one in watcher.sessions.values() for finding in one.findings()]
        return {"findings": by_rule(found), "sessions": len(watcher.sessions), "script_error": error}

    return examine


def main(examine: Callable[[Path], dict[str, Any]]) -> None:
    """``python -m bench.peers.doctor.NAME SCRIPT``: one JSON object on the last line of output."""
    script = Path(sys.argv[1]).resolve()
    start = time.perf_counter()
    said = os.dup(1)
    with tempfile.TemporaryDirectory() as folder, _silent():
        os.chdir(folder)
        found = examine(script)
        os.chdir(script.anchor)
    found["seconds"] = round(time.perf_counter() - start, 3)
    os.write(said, (json.dumps(found) + "\n").encode())
    os._exit(0)  # without what tools and scripts left for the end, threads included


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Standard output goes to standard error, that of child processes too."""
    sys.stdout.flush()
    os.dup2(2, 1)
    yield
    sys.stdout.flush()


def rules_of(name: str) -> dict[str, tuple[str, ...]]:
    """What each rule of a contender could mean."""
    rules: dict[str, tuple[str, ...]] = importlib.import_module(f"bench.peers.doctor.{name}").RULES
    return rules
