"""Before training: is a network the right tool here, which one, and with what settings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitreous import models
from vitreous.data.open import open_data
from vitreous.data.types import Data, Task
from vitreous.errors import UsageError
from vitreous.report import numbers, values
from vitreous.training import api
from vitreous.training.gain import Gain, measure_gain
from vitreous.training.recipe import Recipe
from vitreous.training.resolve import resolve

if TYPE_CHECKING:
    from rich.console import RenderableType

MANY_ROWS = 10_000  # from here a network has enough to learn its own features
FEW_ROWS = 100  # below which even trees have too little to split
TREES_BELOW = 50_000  # rows below which boosted trees are the tool to beat on tables
SAMPLE = 20_000  # rows looked at for the data report
WIDE = 78
TOOLS = {"network": "a network", "boosted trees": "boosted trees", "linear model": "a linear model"}

OUTPUTS = {
    "binary": ("sigmoid", "binary cross-entropy", "one probability of yes or no"),
    "multiclass": ("softmax", "cross-entropy", "probabilities of classes that exclude each other"),
    "multilabel": ("sigmoid", "binary cross-entropy of each label", "labels do not exclude each other"),
    "tagging": ("softmax", "cross-entropy of each token", "each token has one tag"),
    "next-token": ("softmax", "cross-entropy of each token", "one token comes next"),
}
# What has its activations built in.
OWN_ACTIVATIONS = dict.fromkeys(("rnn", "lstm", "gru"), ("tanh", "bounded: a state is fed back many times"))
OWN_ACTIVATIONS |= dict.fromkeys(("transformer", "vit"), ("gelu", "a smooth ReLU, as transformers have it"))
OWN_ACTIVATIONS |= dict.fromkeys(("linear", "perceptron"), ("none", "there is no hidden layer"))


@dataclass(frozen=True)
class Axis:
    """One of the four questions that decide.

    Attributes:
        name: What is asked.
        measured: What these data and this machine say.
        points_to: "network", "classical" or "either".
        why: In one sentence.
    """

    name: str
    measured: str
    points_to: str
    why: str


@dataclass(frozen=True)
class Choice:
    """A setting or a step, and why.

    Attributes:
        name: What is chosen.
        value: The choice.
        why: In a few words.
    """

    name: str
    value: str
    why: str


@dataclass
class Advice:
    """What to do with the data; prints with `rich`.

    Attributes:
        data: The data's name.
        task: The kind of task.
        tool: "network", "boosted trees" or "linear model".
        reason: Why that.
        axes: Rows, structure, features, hardware.
        model: The network to try first, if one is tried.
        model_reason: Why that one.
        output_activation: Behind the last layer: sigmoid, softmax or none.
        loss: What training minimizes.
        settings: Activations, optimizer, batches and the rest, with reasons.
        ladder: What to try, in order.
        lost: What a network costs in interpretability.
        gain: The measured gain over a linear model, None where it was not measured.
        gain_text: The gain, or why there is none.
        data_report: What is odd about the data.
        notes: What reading the data found.
    """

    data: str
    task: str
    tool: str
    reason: str
    axes: list[Axis]
    model: str
    model_reason: str
    output_activation: str
    loss: str
    settings: list[Choice]
    ladder: list[Choice]
    lost: str
    gain: Gain | None
    gain_text: str
    data_report: list[Choice]
    notes: list[str]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        heading = partial(Text, style="bold")

        def line(text: str) -> Text:
            return Text(values.text(text, 600))

        parts: list[RenderableType] = [
            Text.assemble(
                (f"Use {TOOLS[self.tool]}", "bold green"),
                f" for {values.text(self.data, 80)}: {values.text(self.reason, 400)}",
            ),
            heading("\nFour questions"),
            _table(
                ("", "here", "points to", "why"),
                [(a.name, a.measured, a.points_to, a.why) for a in self.axes],
            ),
            heading("\nExpected gain of a network"),
            line(self.gain_text),
        ]
        if self.gain:
            gain = self.gain
            shown = [
                (
                    s.model,
                    _figure(gain, s.value),
                    f"{_figure(gain, s.low)} to {_figure(gain, s.high)}",
                    numbers.seconds(s.seconds),
                )
                for s in gain.scores
            ]
            parts.append(_table(("model", self.gain.metric, "95% interval", "seconds"), shown))
        parts += [
            heading("\nIf a network"),
            line(f"{self.model}: {self.model_reason}"),
            _table(("setting", "value", "why"), [(c.name, c.value, c.why) for c in self.settings]),
            line(self.lost),
            heading("\nIn this order"),
            _table(("", "try", "why"), [(c.name, c.value, c.why) for c in self.ladder]),
            heading("\nThe data"),
            _table(("", "found", "what it means"), [(c.name, c.value, c.why) for c in self.data_report]),
        ]
        return Group(*parts, *(line(f"- {note}") for note in self.notes))


def advise(
    data: object,
    *,
    target: str | list[str] | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    **short: Any,
) -> Advice:
    """Says whether a network is the right tool for the data, which, and what it would gain.

    Args:
        data: What ``vitreous.train`` takes.
        target: The column(s) to predict.
        config: A TOML file, or a mapping, of recipe settings.
        settings: Dotted settings over those.
        short: The short names of ``train``.

    Raises:
        DataError: when the data cannot be used.
        UsageError: for an argument that does not exist.
    """
    recipe = api.make_recipe(data, config=config, settings=settings, short=short | {"target": target})
    opened = open_data(data, recipe.data, recipe.train.seed)
    if not len(opened.train):
        raise UsageError("There is nothing to train on.")
    chosen, reason = resolve(recipe, opened)
    measured = measure_gain(opened)
    gain, axes = (measured if isinstance(measured, Gain) else None), _axes(opened, chosen)
    tool, why = _tool(opened, axes, gain)
    output, loss, _ = output_layer(opened.task)
    with torch.random.fork_rng(devices=[]):
        network = models.build(chosen.model.name, opened.input, opened.task, chosen.model.options)
    weights = sum(parameter.numel() for parameter in network.parameters())
    return Advice(
        data=opened.name, task=opened.task.kind, tool=tool, reason=why, axes=axes, model=chosen.model.name,
        model_reason=reason or "as asked for.", output_activation=output, loss=loss,
        settings=_settings(opened, chosen), ladder=_ladder(opened),
        lost=f"Lost against a linear model: its {np.prod(opened.input.shape):,} inputs have one readable weight "
        f"for each output; the network's {weights:,} weights can only be explained after the fact, approximately.",
        gain=gain, gain_text=gain.text if gain else str(measured), data_report=_data_report(opened), notes=opened.notes,
    )  # fmt: skip


def output_layer(task: Task) -> tuple[str, str, str]:
    """Activation behind the last layer, the loss that goes with it, and why."""
    return OUTPUTS.get(task.kind, ("none", "mean squared error", "any number may come out"))


def hidden_activation(layers: int) -> tuple[str, str]:
    """Activation of hidden layers, and why: what saturates stops gradients in a deep network."""
    if layers >= 2:
        return "relu", "it does not saturate, so gradients reach the first layers of a deep network"
    return "tanh", "smooth and centred; one layer is too shallow for gradients to vanish (or sigmoid)"


def _axes(data: Data, recipe: Recipe) -> list[Axis]:
    rows, kind = len(data.train), data.input.kind
    many, structured = rows >= MANY_ROWS, kind == "features"
    device, shape = recipe.train.device, " × ".join(map(str, data.input.shape))
    return [
        Axis(
            "rows", f"{rows:,} {'rows' if structured else 'examples'} to train", "network" if many else "classical",
            "tens of thousands are enough to learn features from" if many
            else "hundreds to a few thousand favour models with few parameters; more data would help most",
        ),
        Axis(
            "structure", f"{kind}, {shape}", "classical" if structured else "network",
            "columns with a meaning of their own are what trees and lines do best" if structured
            else "pixels, words and steps mean something only together",
        ),
        Axis(
            "features", "columns made by people" if structured else "raw values",
            "classical" if structured else "network",
            "the features are made already" if structured else "the network learns the features itself",
        ),
        Axis(
            "hardware", device, "classical" if device == "cpu" else "network",
            "small networks train in minutes; large ones want a GPU" if device == "cpu"
            else "a GPU makes deep networks quick",
        ),
    ]  # fmt: skip


def _tool(data: Data, axes: list[Axis], gain: Gain | None) -> tuple[str, str]:
    """The tool and why; what was measured counts more than rules of thumb."""
    rows = len(data.train)
    if data.input.kind != "features":
        few = (
            " Start from pretrained weights (--init) if there are any, since labels are few."
            if rows < MANY_ROWS
            else ""
        )
        return "network", f"{data.input.kind} inputs are what networks are for.{few}"
    if gain is not None:
        names = {"small network": "network", "boosted trees": "boosted trees"}
        tool = names.get(gain.best, "linear model")
        if tool == "linear model":
            return tool, "nothing measured is reliably better, and each of its weights can be read."
        return (
            tool,
            f"measured here, {'it' if tool == 'network' else 'they'} did best, and nothing simpler came close.",
        )
    if rows < FEW_ROWS:
        return (
            "linear model",
            f"with {rows:,} rows little else can be told from chance; more data come first.",
        )
    if rows < TREES_BELOW:
        return (
            "boosted trees",
            f"{rows:,} rows of columns: below {TREES_BELOW:,} XGBoost or LightGBM usually win.",
        )
    votes = [axis.points_to for axis in axes].count("network")
    return (
        "network",
        f"{rows:,} rows; {votes} of 4 questions point to it. Compare with boosted trees all the same.",
    )


def _settings(data: Data, recipe: Recipe) -> list[Choice]:
    name = recipe.model.name
    layers = len(recipe.model.options.get("hidden", (1, 1))) if name == "mlp" else 2
    hidden = OWN_ACTIVATIONS.get(name) or hidden_activation(layers)
    output, loss, meaning = output_layer(data.task)
    rows = len(data.train)
    return [
        Choice("hidden activation", *hidden),
        Choice("output activation", output, meaning + "; the network gives logits, the loss applies it"),
        Choice("loss", loss, "what the output activation calls for"),
        Choice("optimizer", recipe.optimizer.name, "Adam with decoupled weight decay: works with little tuning"),
        Choice("learning rate", f"{recipe.optimizer.lr:g}", f"{recipe.schedule.name}, after a warm-up"),
        Choice("batch", f"{recipe.train.batch_size}", "all rows: they are few" if recipe.train.batch_size == rows
               else "mini-batches: many cheap steps an epoch, noise that helps"),
        Choice("epochs", f"at most {recipe.train.epochs}",
               f"stops after {recipe.train.early_stopping} without a better validation loss"),
    ]  # fmt: skip


def _ladder(data: Data) -> list[Choice]:
    """Simple first; and another architecture before other hyperparameters."""
    kind, rows = data.input.kind, len(data.train)
    steps = {
        "features": [
            ("linear", "the line to beat"), ("mlp, one hidden layer", "the least non-linear network"),
            ("mlp, two hidden layers", "the default"), ("mlp, four, residual", "only where two helped"),
        ],
        "image": [
            ("linear", "the line to beat"), ("cnn", "looks at neighbourhoods, few weights"),
            ("resnet18", "residual connections let depth pay"),
        ],
        "tokens": [
            ("TF-IDF + linear", "words without order: hard to beat on few texts"),
            ("gru or lstm", "reads in order"), ("transformer", "with tens of thousands of texts"),
        ],
        "sequence": [
            ("the last value again; linear", "the lines to beat"), ("gru", "keeps a state"),
            ("transformer", "for long windows"),
        ],
    }[kind]  # fmt: skip
    if kind == "features" and rows < TREES_BELOW:
        steps.insert(1, ("boosted trees", f"XGBoost, LightGBM: the tool to beat below {TREES_BELOW:,} rows"))
    if kind in ("image", "tokens"):
        steps.insert(
            1,
            ("pretrained weights", "first, where there are some for such inputs (--init, --freeze backbone)"),
        )
    ending = "only when the architecture is settled"
    if rows < MANY_ROWS:
        ending += "; with few rows watch the validation loss for overfitting from the first epochs"
    steps.append(("hyperparameters", ending))
    return [Choice(f"{number}.", step, why) for number, (step, why) in enumerate(steps, 1)]


def _data_report(data: Data) -> list[Choice]:
    """Missing, infinite, repeated, constant, unbalanced: what is worth knowing before training."""
    rows = list(range(min(len(data.train), SAMPLE)))
    found = _cells(data.train.raw(rows) if data.input.kind == "features" else [])
    inputs, targets = data.train.take(rows)
    first = (inputs[0] if isinstance(inputs, tuple) else inputs).reshape(len(rows), -1).cpu().double().numpy()
    joined = np.concatenate([first, targets.reshape(len(rows), -1).cpu().double().numpy()], axis=1)
    again = len(rows) - len(np.unique(joined, axis=0))
    constant = int((first == first[0]).all(0).sum())
    infinite = found["infinite"] + int((~np.isfinite(first)).sum())
    report = [
        Choice(
            "missing",
            f"{found['missing']:,} values",
            "filled from the training rows" if found["missing"] else "none",
        ),
        Choice(
            "infinite",
            f"{infinite:,} values",
            "must go: they make every gradient infinite" if infinite else "none",
        ),
        Choice("duplicates", f"{again:,} rows", "may leak into the test split" if again else "none"),
        Choice("constant", f"{constant:,} inputs", "carry nothing" if constant else "none"),
    ]
    if data.class_counts:
        least, most = min(data.class_counts), max(data.class_counts)
        odd = most > 3 * max(least, 1)
        report.append(
            Choice("balance", f"smallest class {least:,}, largest {most:,}",
                   "unbalanced: look at macro F1, try train.class_weights=balanced" if odd else "balanced")
        )  # fmt: skip
    return report


def _cells(rows: list[Any]) -> dict[str, int]:
    cells = [value for row in rows if isinstance(row, Mapping) for value in row.values()]
    decimals = [value for value in cells if isinstance(value, float)]
    missing, infinite = cells.count(None) + sum(map(math.isnan, decimals)), sum(map(math.isinf, decimals))
    return {"missing": missing, "infinite": infinite}


def _figure(gain: Gain, value: float) -> str:
    return numbers.percent(value) if gain.metric == "accuracy" else numbers.plain(value)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, show_header=any(names), header_style="dim", padding=(0, 2, 0, 0), width=WIDE
    )
    for name in names:
        table.add_column(name, overflow="fold", ratio=2 if name in ("why", "what it means") else None)
    for row in rows:
        table.add_row(*(Text(values.text(cell, 300)) for cell in row))
    return table
