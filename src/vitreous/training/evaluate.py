"""A trained network on examples: outputs, metrics with intervals, and what it gets most wrong."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitreous.data.types import Batch, BatchPlan, Examples, Preprocessing, Task
from vitreous.training import metrics
from vitreous.training.losses import Loss
from vitreous.training.signals import StopRequest

WORST = 12
POINTS = 500


@dataclass
class Evaluation:
    """How a network does on one split.

    Attributes:
        metrics: By name, in the person's own units; ``loss`` is what training minimized.
        details: Confusion matrix, calibration, worst examples, residuals: what a report draws.
        examples: How many examples were seen.
    """

    metrics: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)
    examples: int = 0


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode and no gradients; every layer's mode of before comes back."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The batch on the device; from pinned memory the copy overlaps with computing."""
    inputs, targets = batch
    if isinstance(inputs, tuple):
        return tuple(part.to(device, non_blocking=True) for part in inputs), targets.to(
            device, non_blocking=True
        )
    return inputs.to(device, non_blocking=True), targets.to(device, non_blocking=True)


def forward(model: Callable[..., Any], inputs: Any) -> Any:
    """The network's outputs; several inputs are several arguments."""
    return model(*inputs) if isinstance(inputs, tuple) else model(inputs)


def outputs_of(
    model: nn.Module, examples: Examples, task: Task, loss: Loss, device: torch.device,
    batch_size: int = 512, stop: StopRequest | None = None,
) -> tuple[float, float, Tensor | None, Tensor | None]:  # fmt: skip
    """Mean loss, share right, and (but for language and reconstruction) all outputs and targets, on the CPU."""
    keep = task.kind not in ("next-token", "reconstruction", "tagging")
    outputs: list[Tensor] = []
    targets: list[Tensor] = []
    total = right = counted = seen = 0.0
    with evaluating(model):
        for batch in examples.batches(BatchPlan(batch_size)):
            if stop is not None:
                stop.check()
            x, y = to_device(batch, device)
            output = forward(model, x)
            total += float(loss(output, y)) * len(y)
            hits, number = metrics.count_right(output, y, task)
            right, counted, seen = right + float(hits), counted + number, seen + len(y)
            if keep:
                outputs.append(output.float().cpu())
                targets.append(y.cpu())
    share = right / counted if counted else 0.0
    return (
        total / max(seen, 1),
        share,
        torch.cat(outputs) if keep else None,
        torch.cat(targets) if keep else None,
    )


def evaluate(
    model: nn.Module, examples: Examples, task: Task, preprocessing: Preprocessing, loss: Loss,
    device: torch.device, *, batch_size: int = 512, stop: StopRequest | None = None,
) -> Evaluation:  # fmt: skip
    """Every metric of the task on one split, and what a report draws of it.

    Args:
        model: Gives logits; its mode is restored.
        examples: The split.
        task: Says which metrics.
        preprocessing: Turns outputs back into the person's units.
        loss: What training minimized.
        device: Where the model is.
        batch_size: Examples at a time.
        stop: Asked between batches.
    """
    mean_loss, share, outputs, targets = outputs_of(model, examples, task, loss, device, batch_size, stop)
    found: dict[str, float] = {"loss": mean_loss}
    details: dict[str, Any] = {}
    if task.kind == "next-token":
        found |= {
            "accuracy": share,
            "perplexity": float(np.exp(min(mean_loss, 50))),
            "bits_per_token": mean_loss / np.log(2),
        }
    elif task.kind == "tagging":
        found["accuracy"] = share
    elif outputs is not None and targets is not None:
        if task.is_classification:
            found |= _classify(outputs, targets, task, details)
            details["worst"] = _worst_classified(outputs, targets, task, examples)
        elif task.kind == "multilabel":
            found |= metrics.multilabel(metrics.probabilities(outputs, task), targets.numpy())
        else:
            found |= _regress(outputs, targets, task, preprocessing, details, examples)
    return Evaluation(found, details, len(examples))


def own_units(outputs: Tensor, preprocessing: Preprocessing) -> np.ndarray[Any, Any]:
    """Standardized numbers [N, K] in the person's units."""
    columns = preprocessing.decode(outputs)
    return np.stack([np.asarray(values, dtype=np.float64) for values in columns.values()], axis=1)


def picture(raw: Any) -> Any:
    """An example as JSON can hold it: images become PNG data, the rest stays text or a row."""
    if isinstance(raw, np.ndarray) and raw.dtype == np.uint8 and raw.ndim in (2, 3):
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(raw.squeeze(-1) if raw.ndim == 3 and raw.shape[-1] == 1 else raw).save(buffer, "PNG")
        return {"png_base64": base64.b64encode(buffer.getvalue()).decode("ascii")}
    if isinstance(raw, np.ndarray):
        return ", ".join(f"{value:.4g}" for value in raw.reshape(-1)[:16])
    if isinstance(raw, dict):
        return {
            str(key): value if isinstance(value, int | float | bool) else str(value)
            for key, value in raw.items()
        }
    return str(raw)


def _classify(outputs: Tensor, targets: Tensor, task: Task, details: dict[str, Any]) -> dict[str, float]:
    probability = metrics.probabilities(outputs, task)
    target = (targets.argmax(1) if targets.ndim == 2 else targets).long().numpy()
    classes = task.classes or tuple(str(number) for number in range(probability.shape[1]))
    predicted = probability.argmax(1)
    details["confusion"] = metrics.confusion(predicted, target, classes)
    details["calibration"] = metrics.calibration(probability, target)
    details["per_class"] = metrics.per_class(predicted, target, classes)
    return metrics.classification(probability, target)


def _worst_classified(
    outputs: Tensor, targets: Tensor, task: Task, examples: Examples
) -> list[dict[str, Any]]:
    probability = metrics.probabilities(outputs, task)
    target = (targets.argmax(1) if targets.ndim == 2 else targets).long().numpy()
    given = probability[np.arange(len(target)), target]
    worst = np.argsort(given, kind="stable")[:WORST]
    names = task.classes or tuple(str(number) for number in range(probability.shape[1]))
    return [
        {
            "index": int(index), "target": names[target[index]], "prediction": names[int(probability[index].argmax())],
            "probability": float(given[index]), "loss": float(-np.log(max(given[index], 1e-300))), "raw": picture(raw),
        }
        for index, raw in zip(worst, examples.raw([int(i) for i in worst]), strict=True)
        if probability[index].argmax() != target[index]
    ]  # fmt: skip


def _regress(
    outputs: Tensor, targets: Tensor, task: Task, preprocessing: Preprocessing,
    details: dict[str, Any], examples: Examples,
) -> dict[str, float]:  # fmt: skip
    predicted, target = (
        own_units(outputs, preprocessing),
        own_units(targets.reshape(outputs.shape), preprocessing),
    )
    if task.kind == "forecast":
        shown = np.linspace(0, len(target) - 1, min(4, len(target))).astype(int)
        details["forecast"] = {"target": target[shown].tolist(), "prediction": predicted[shown].tolist()}
    else:
        rows = np.linspace(0, len(target) - 1, min(POINTS, len(target))).astype(int)
        details["residuals"] = {"target": target[rows, 0].tolist(), "prediction": predicted[rows, 0].tolist()}
    error = np.abs(predicted - target).mean(1)
    worst = np.argsort(-error, kind="stable")[:WORST]
    details["worst"] = [
        {
            "index": int(i), "target": float(target[i, 0]), "prediction": float(predicted[i, 0]),
            "loss": float(error[i]), "raw": picture(raw),
        }
        for i, raw in zip(worst, examples.raw([int(i) for i in worst]), strict=True)
    ]  # fmt: skip
    return metrics.regression(predicted, target)
