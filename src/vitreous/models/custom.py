"""A network of one's own: ``file.py:Class`` or ``package.module:callable``.

The callable gets the options given, and whatever its signature asks for by a usual name
(``num_classes``, ``in_features``, ``vocab_size``, ...) that the data can answer.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import itertools
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError, did_you_mean

OUTPUTS = ("num_classes", "n_classes", "classes", "outputs", "out_features", "output_dim", "output_size")
INPUTS = ("in_features", "input_dim", "input_size", "inputs")
CHANNELS = ("in_channels", "channels")
VOCABULARY = ("vocab_size", "vocabulary", "num_embeddings")

_numbers = itertools.count()  # one file can be loaded twice, changed in between


def is_custom(name: str) -> bool:
    """Whether a model's name says where to find it, rather than which of the zoo it is."""
    return ":" in name or name.endswith(".py")


def build_custom(name: str, input: InputSpec, task: Task, options: Mapping[str, Any]) -> nn.Module:
    """The network that a file's or package's callable makes.

    Args:
        name: ``file.py:Class`` or ``package.module:callable``.
        input: What an example looks like.
        task: What is predicted.
        options: Keyword arguments, as given.

    Raises:
        ModelError: if the file, module or attribute is missing, an option has no such name, their code
            raises (saying at which line), or what comes out is no network.
    """
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise ModelError(f"expected file.py:Class; came {name!r}.", where="model.name")
    with _importable(Path(place).resolve().parent if place.endswith(".py") else Path.cwd()):
        module = _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
        if not hasattr(module, attribute):
            known = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
            raise ModelError(
                f"there is no {attribute!r} in it.", where=place, hint=did_you_mean(attribute, known)
            )
        maker = getattr(module, attribute)
        if isinstance(maker, nn.Module):  # made already; a copy, so that each run starts afresh
            if options:
                raise ModelError("it is a finished network; it takes no options.", where=name)
            return _for_task(copy.deepcopy(maker), task)
        if not callable(maker):
            raise ModelError(
                f"expected a class or function; it is of type {type(maker).__name__}.", where=name
            )
        arguments = _arguments(name, maker, input, task, options)
        defined_in = sys.modules.get(getattr(maker, "__module__", None) or "", module)
        with _blame(name, getattr(defined_in, "__file__", None)):
            model = maker(**arguments)
    if not isinstance(model, nn.Module):
        raise ModelError(f"expected an nn.Module; it gave a {type(model).__name__}.", where=name)
    return _for_task(model, task)


def _for_task(model: nn.Module, task: Task) -> nn.Module:
    """The network, with its outputs as the task wants them."""
    if task.kind == "binary":
        model.register_forward_hook(_one_logit)
    return model


def _one_logit(_model: nn.Module, _inputs: Any, outputs: Any) -> Any:
    """Two logits for two classes become one: softmax over both is the sigmoid of their difference."""
    if isinstance(outputs, Tensor) and outputs.ndim == 2 and outputs.shape[1] == 2:
        return outputs[:, 1:] - outputs[:, :1]
    return outputs


def _load_file(path: Path) -> ModuleType:
    """Run a file as a module of a name that nothing else has."""
    if not path.is_file():
        raise ModelError("there is no such file.", where=str(path))
    name = f"_vitreous_custom_{next(_numbers)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None  # a .py file always has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _blame(str(path), str(path.resolve())):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _load_module(name: str) -> ModuleType:
    """Import a module that is installed or lies in the working folder."""
    with _blame(name, None):
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:  # the package it would be in
            spec = None
    if spec is None:
        hint = f"Install {name.partition('.')[0]}, or give a file: path/to/file.py:Class"
        raise ModelError("there is no such module.", where=name, hint=hint)
    with _blame(name, spec.origin):
        return importlib.import_module(name)


def _arguments(
    name: str, maker: Callable[..., object], input: InputSpec, task: Task, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The options, and what the signature asks for that the data can answer."""
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):  # written in C, with no signature
        return dict(options)
    by_name = [n for n, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for option in options:
        if option not in by_name and not takes_any:
            hint = did_you_mean(option, by_name) or "It has no options."
            raise ModelError(f"{name} has no option {option!r}.", where=f"model.{option}", hint=hint)

    answers = _answers(input, task)
    arguments = dict(options)
    for parameter in by_name:
        if parameter in options or parameter not in answers:
            continue
        default = parameters[parameter].default
        if parameter in ("input", "task"):
            annotation = str(parameters[parameter].annotation)
            if type(answers[parameter]).__name__ not in annotation:
                continue
        elif not (default is inspect.Parameter.empty or default is None or isinstance(default, int)):
            continue  # channels=(32, 64) means something else
        arguments[parameter] = answers[parameter]
    if takes_any and getattr(maker, "__module__", "").partition(".")[0] == "torchvision":
        arguments.setdefault("num_classes", task.outputs)
    return arguments


def _answers(input: InputSpec, task: Task) -> dict[str, Any]:
    """What the data say, by every name it is usually asked for."""
    answers: dict[str, Any] = {"input": input, "task": task}
    answers |= dict.fromkeys(OUTPUTS, task.outputs)
    answers |= dict.fromkeys(INPUTS, prod(input.shape))
    if input.kind == "sequence":
        answers["input_size"] = input.shape[-1]  # as in nn.LSTM: numbers at each step
    if input.kind == "image":
        answers |= dict.fromkeys(CHANNELS, input.shape[0])
    if input.kind == "tokens":
        answers |= dict.fromkeys(VOCABULARY, input.vocabulary)
    return answers


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let what lies in a folder be imported, for a while."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


@contextmanager
def _blame(name: str, file: str | None) -> Iterator[None]:
    """Turn whatever their code raises into a ModelError that names their line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        line = error.lineno if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
        linecache.checkcache(file)  # it may have been changed since
        text = linecache.getline(file, line).strip() if file and line else ""
        where = f"{name}, line {line}" if line else name
        hint = f"The line: {text}" if text else None
        if isinstance(error, TypeError) and "required positional argument" in str(error) and not text:
            hint = "Give a function that builds it, file.py:function, or its arguments their usual values."
        raise ModelError(f"raised {_in_words(error)}.", where=where, hint=hint) from error


def _in_words(error: BaseException) -> str:
    """An exception's type and message."""
    message = str(error.msg if isinstance(error, SyntaxError) else error).rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
