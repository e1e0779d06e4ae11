"""How exactly the operations by hand agree with torch, over random calls and whole networks.

Every operation over random shapes and options in float64, forward and gradient, each number compared; then whole
networks, small ones in float64 and float32, those of full size as they are used, a scripted and a compiled one, and
torchvision's where it is installed: the share of their operations that is explained by hand.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import random
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

from bench.data import ROOT
from bench.results import goal

TORCHVISION = (
    "alexnet", "vgg11", "vgg11_bn", "resnet18", "resnet50", "resnext50_32x4d", "densenet121", "squeezenet1_0",
    "mobilenet_v2", "mobilenet_v3_small", "shufflenet_v2_x1_0", "efficientnet_b0", "mnasnet1_0", "regnet_y_400mf",
    "convnext_tiny", "vit_b_16", "swin_t",
)  # fmt: skip
FLOAT64, FLOAT32 = 1e-6, 1e-4  # what counts as equal, relative to the largest number


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=2000, help="random calls of each operation")
    parser.add_argument("--only", nargs="*", default=(), help="only these operations")
    parser.add_argument("--skip-networks", action="store_true")
    parser.add_argument("--networks", nargs="*", default=(), help="only these networks")
    parser.add_argument("--skip-large", action="store_true", help="none of full size, none of torchvision's")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    warnings.simplefilter("ignore")
    operations = {}
    for name in _calls():
        if not arguments.only or name in arguments.only:
            operations[name] = _operation(name, arguments.examples)
            print(f"{name}: {operations[name]}", flush=True)
    networks = (
        {} if arguments.skip_networks else _networks(arguments.networks, large=not arguments.skip_large)
    )
    calls = sum(found["calls"] for found in operations.values())
    return {
        "settings": {"examples": arguments.examples, "operations": len(operations)},
        "figures": {**{f"{name}": found for name, found in operations.items()}, **networks},
        "goals": [
            goal(
                "random calls that agree",
                sum(f["agree"] for f in operations.values()) / max(calls, 1),
                at_least=1.0,
            ),
            goal(
                "largest difference over all calls, float64",
                max((max(f["forward"], f["back"]) for f in operations.values()), default=None),
                at_most=FLOAT64,
            ),
            *(
                goal(f"share explained by hand: {name}", found["explained"], at_least=1.0)
                for name, found in networks.items()
            ),
            goal(
                "largest difference in whole networks, float64", _worst(networks, "float64"), at_most=FLOAT64
            ),
            goal(
                "largest difference in whole networks, float32", _worst(networks, "float32"), at_most=FLOAT32
            ),
        ],
        "notes": [f"{calls:,} calls of {len(operations)} operations.", *_with_torchvision(arguments)],
    }


def _calls() -> dict[str, Any]:
    from tests.looking.calls import CALLS

    return CALLS


def _operation(name: str, examples: int) -> dict[str, Any]:
    """Calls with seeds from 0: the draws of the tests, without shrinking."""
    import torch
    from hypothesis.internal.conjecture.data import ConjectureData
    from tests.looking.test_agreement import Calling

    import vitreous as vt

    found = {"calls": 0, "agree": 0, "forward": 0.0, "back": 0.0}
    for seed in range(examples):
        data = ConjectureData(random=random.Random(seed))
        function, tensors = _calls()[name](data.draw)
        torch.manual_seed(seed)
        trace = vt.look(Calling(function, tensors), torch.ones(1, dtype=torch.float64))
        found["calls"] += 1
        errors = [(s.error_forward or 0.0, s.error_backward or 0.0) for s in trace.steps if s.computes]
        found["agree"] += trace.explained == 1 and max(map(max, errors)) <= FLOAT64
        found["forward"] = max(found["forward"], *(e[0] for e in errors))
        found["back"] = max(found["back"], *(e[1] for e in errors))
    return found


def _worst(networks: dict[str, dict[str, Any]], kind: str) -> float | None:
    return max((found[kind] for found in networks.values() if found.get(kind) is not None), default=None)


def _with_torchvision(arguments: argparse.Namespace) -> list[str]:
    if arguments.skip_networks or arguments.skip_large:
        return []
    if importlib.util.find_spec("torchvision"):
        return [f"torchvision {metadata.version('torchvision')}."]
    return ["torchvision is not installed: its networks were not run."]


def _networks(only: Sequence[str], *, large: bool) -> dict[str, dict[str, Any]]:
    """Small ones in both precisions, in training and in evaluation; large ones in float32 as they are used."""
    from tests.looking.networks import NETWORKS

    found = {}
    for name, make in NETWORKS.items():
        if not only or name in only:
            found[name] = _in_both(make)
            print(f"{name}: {found[name]}", flush=True)
    for name, made in {**_wrapped(), **(_full_size() | _of_torchvision() if large else {})}.items():
        if not only or name in only:
            found[name] = _as_used(made)
            print(f"{name}: {found[name]}", flush=True)
    return found


def _in_both(make: Callable[[], Any]) -> dict[str, Any]:
    import torch

    import vitreous as vt

    torch.manual_seed(0)
    model, x, y = make()
    single = vt.look(model.train(), x, y)
    double = vt.look(model.double().eval(), x, y)
    return {
        "operations": sum(s.computes for s in double.steps),
        "explained": min(single.explained, double.explained),
        "float64": max(double.largest_errors),
        "float32": max(single.largest_errors),
    }


def _as_used(make: Callable[[], Any]) -> dict[str, Any]:
    import torch

    import vitreous as vt

    torch.manual_seed(0)
    model, x, y = make()
    trace = vt.look(model.eval(), x, y)
    return {
        "operations": sum(s.computes for s in trace.steps),
        "explained": trace.explained,
        "float64": None,
        "float32": max(trace.largest_errors),
    }


def _wrapped() -> dict[str, Callable[[], Any]]:
    """A scripted and a compiled module, looked at through their originals; an encoder that takes torch's fast path."""
    import torch
    from torch import nn

    def plain() -> nn.Module:
        return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 5))

    def encoder() -> nn.Module:
        """Frozen and in evaluation: torch computes each layer in one call, `_transformer_encoder_layer_fwd`."""
        return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)

    x, y = torch.randn(4, 6), torch.tensor([0, 3, 1, 4])
    return {
        "a scripted module": lambda: (torch.jit.script(plain()), x, y),
        "a compiled module": lambda: (torch.compile(plain(), backend="eager"), x, y),
        "encoder, fast path": lambda: (encoder().requires_grad_(False), torch.randn(4, 6, 8), None),
    }


def _full_size() -> dict[str, Callable[[], Any]]:
    """As published, for one image of 224 × 224."""
    import torch

    from bench.peers import look_one
    from vitreous import models
    from vitreous.data.types import InputSpec, Task

    def labelled(made: tuple[Any, Any]) -> Any:
        return (*made, torch.tensor([1]))

    def zoo(name: str) -> Any:
        spec, task = InputSpec("image", (3, 224, 224)), Task("multiclass", 1000)
        return models.build(name, spec, task, {}), torch.randn(1, 3, 224, 224), torch.tensor([1])

    return {
        "ResNet-18, 224 × 224": lambda: labelled(look_one.resnet18()),
        "VGG-11, 224 × 224": lambda: zoo("vgg11"),
        "ViT-B/16, 224 × 224": lambda: labelled(look_one.vit_b_16()),
    }


def _of_torchvision() -> dict[str, Callable[[], Any]]:
    """One of each family, where torchvision can be imported."""
    if importlib.util.find_spec("torchvision") is None:
        return {}
    import torch

    models = _torchvision_models()

    def made(name: str) -> Any:
        return models.get_model(name, weights=None), torch.randn(1, 3, 224, 224), torch.tensor([1])

    return {f"torchvision {name}": lambda name=name: made(name) for name in TORCHVISION}  # type: ignore[misc]


def _torchvision_models() -> Any:
    """A torchvision built for CUDA cannot load its operators beside a torch for the CPU, nor then be imported.

    None of these networks uses one, so it is enough that the two it names while it is imported are declared.
    """
    from torch import library

    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError:
        for name in ("nms", "qnms"):
            library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float overlap) -> Tensor")
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        return importlib.import_module("torchvision.models")
