"""Simple models and ever deeper networks on one split, and which of them is worth using."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vitreous import files, models
from vitreous.data.open import open_data
from vitreous.data.types import Data
from vitreous.errors import ModelError, RunError, Stopped, UsageError, did_you_mean
from vitreous.models.custom import is_custom
from vitreous.report import numbers
from vitreous.training import api
from vitreous.training.baselines import Baseline, run_baselines
from vitreous.training.comparison import Comparison, Row
from vitreous.training.events import Listener
from vitreous.training.folder import claimed
from vitreous.training.metrics import HEADLINE
from vitreous.training.recipe import Recipe
from vitreous.training.resolve import resolve
from vitreous.training.trust import remember

# From simple to deep, for each kind of input: label, model of the zoo, its options.
Rung = tuple[str, str, dict[str, Any]]
LADDERS: dict[str, tuple[Rung, ...]] = {
    "features": (
        ("linear", "linear", {}),
        ("mlp-small", "mlp", {"hidden": [64]}),
        ("mlp", "mlp", {}),
        ("mlp-deep", "mlp", {"hidden": [128, 128, 128, 128], "residual": True}),
    ),
    "image": (("linear", "linear", {}), ("mlp", "mlp", {}), ("cnn", "cnn", {}), ("resnet18", "resnet18", {})),
    "tokens": (("gru", "gru", {}), ("lstm", "lstm", {}), ("transformer", "transformer", {})),
    "sequence": (("linear", "linear", {}), ("gru", "gru", {}), ("transformer", "transformer", {})),
}
REBUILDERS: tuple[Rung, ...] = (("autoencoder", "autoencoder", {}), ("vae", "vae", {}))

# A ResNet-18 on a 32×32 image: 0.56 GFLOP forward (He et al. 2015, its CIFAR form), three times that to learn.
RESNET_OPERATIONS_PER_PIXEL = 3 * 0.56e9 / 1024
CPU_OPERATIONS_PER_SECOND = 60e9
PATIENCE_SECONDS = 120


def compare(
    data: object,
    *,
    target: str | list[str] | None = None,
    models: Sequence[str] | None = None,
    seeds: int = 1,
    out: str | Path | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    force: bool = False,
    listener: Listener | None = None,
    **short: Any,
) -> Comparison:
    """Trains simple models and networks, from simple to deep, on the same split of the data.

    Args:
        data: What ``vitreous.train`` takes.
        target: The column(s) to predict.
        models: Labels of the ladder (`LADDERS`), names of the zoo, ``file.py:Class``; by default the
            ladder that suits the data.
        seeds: How often; each time with another split, shared by all models, and other first weights.
        out: The folder; below ``runs/`` by default.
        config: A TOML file, or a mapping, of recipe settings for all of them.
        settings: Dotted settings over those.
        force: Overwrite runs that are in the folder.
        listener: Hears a note for each model; silent by default.
        short: ``epochs``, ``batch_size``, ``lr``, ``device`` and the other short names of ``train``.

    Raises:
        UsageError: for an argument or model that does not exist.
        DataError: when the data cannot be used; a model that fails is a row that says why.
    """
    listener = listener or Listener()
    if seeds < 1:
        raise UsageError(f"seeds must be at least 1, got {seeds}.")
    if "model" in short:
        raise UsageError("compare trains several models.", hint="Name them in models (--models).")
    recipe = api.make_recipe(data, config=config, settings=settings, short=short | {"target": target})
    _check_names(models)
    rows: dict[str, Row] = {}
    opened, folder = None, None
    for seed in range(recipe.train.seed, recipe.train.seed + seeds):
        listener.stage("reading the data")
        seeded = recipe.with_settings({"train.seed": seed})
        opened = open_data(data, seeded.data, seed)
        if opened.test is None:
            raise UsageError(
                "Nothing is held out to test the models on.", hint="Set data.test, for example 0.2."
            )
        folder = folder or _make_folder(Path(out) if out is not None else None, recipe, force=force)
        first = seed == recipe.train.seed
        for row in _one_seed(opened, seeded, models, folder, first=first, force=force, listener=listener):
            _add(rows, row)
            listener.note(_progress(row, opened.task.kind))
    assert opened is not None and opened.test is not None and folder is not None
    examples = {"train": len(opened.train), "test": len(opened.test)}
    headline = HEADLINE[opened.task.kind][0]
    found = Comparison(opened.name, opened.task.kind, headline, list(rows.values()), examples, seeds, folder)
    files.write_json(folder / "comparison.json", found.to_json())
    return found


def _one_seed(
    data: Data, recipe: Recipe, wanted: Sequence[str] | None, folder: Path, *, first: bool, force: bool,
    listener: Listener,
) -> Iterator[Row]:  # fmt: skip
    """A row for each baseline and each network, as it finishes."""
    listener.stage("measuring the baselines")
    measured = list(run_baselines(data)) if recipe.train.baselines else []
    for simple in measured:
        yield _row(simple.name, data, simple.metrics, simple.parameters, simple.seconds, note=simple.note)
    for label, name, options in _rungs(data, wanted):
        settings = {"model.name": name} | {f"model.{key}": value for key, value in options.items()}
        each = recipe.with_settings(settings)
        reason = "" if wanted else _too_slow(name, each, data)
        if reason:
            yield Row(label, True, data.name, problem=reason)
            continue
        listener.stage(f"training {label}")
        place = folder / (_safe(label) if first else f"{_safe(label)}-seed{recipe.train.seed}")
        yield _network(label, data, each, place, measured, force=force)


def _network(
    label: str, data: Data, recipe: Recipe, folder: Path, measured: list[Baseline], *, force: bool
) -> Row:
    """Trains one network; whatever goes wrong becomes its row's problem."""
    from vitreous.training.session import Session

    try:
        with claimed(folder, recipe, force=force):
            remember(folder, recipe)
            result = Session(folder, data, recipe, Listener(), measured=measured).run().result
    except Stopped:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Row(label, True, data.name, problem=f"failed: {reason}")
    metrics = {key.removeprefix("test."): value for key, value in result.items() if key.startswith("test.")}
    row = _row(label, data, metrics, result["parameters"], result["seconds"], network=True)
    row.runs.append(str(folder))
    return row


def _row(
    label: str, data: Data, metrics: dict[str, float], parameters: int | None, seconds: float, *,
    network: bool = False, note: str = "",
) -> Row:  # fmt: skip
    name = HEADLINE[data.task.kind][0]
    value, low, high = (metrics.get(f"{name}{end}") for end in ("", ".low", ".high"))
    row = Row(label, network, data.name, value, low, high, parameters, seconds, note=note, metrics=metrics)
    if value is None:
        row.problem = f"{name} was not measured"
    else:
        row.each.append(value)
    return row


def _add(rows: dict[str, Row], row: Row) -> None:
    """Takes up a row; one of another seed moves the means of value, interval and seconds."""
    known = rows.get(row.model)
    if known is None or known.value is None or row.value is None:
        if known is None or known.value is None:
            rows[row.model] = row
        return
    before = len(known.each)
    for name in ("value", "low", "high", "seconds"):
        old, new = getattr(known, name), getattr(row, name)
        if old is not None and new is not None:
            setattr(known, name, (old * before + new) / (before + 1))
    known.each += row.each
    known.runs += row.runs


def _rungs(data: Data, wanted: Sequence[str] | None) -> list[Rung]:
    if wanted is None:
        return list(REBUILDERS if data.task.kind == "reconstruction" else LADDERS[data.input.kind])
    known = {label: (label, name, options) for label, name, options in LADDERS[data.input.kind]}
    return [known.get(name, (name, name, {})) for name in wanted]


def _check_names(wanted: Sequence[str] | None) -> None:
    """Refuses a name that no ladder and no zoo knows, before anything is trained."""
    known = {label for ladder in LADDERS.values() for label, _, _ in ladder} | set(models.names())
    for name in wanted or ():
        if name not in known and not is_custom(name):
            raise ModelError(f"There is no model {name!r}.", where="models", hint=did_you_mean(name, known))


def _too_slow(name: str, recipe: Recipe, data: Data) -> str:
    """Why a ResNet is left out where only a CPU would train it; empty where it need not be."""
    if name != "resnet18":
        return ""
    resolved, _ = resolve(recipe, data)
    if resolved.train.device.startswith("cuda"):
        return ""
    pixels = data.input.shape[-1] * data.input.shape[-2] * len(data.train) * int(resolved.train.epochs)
    seconds = pixels * RESNET_OPERATIONS_PER_PIXEL / CPU_OPERATIONS_PER_SECOND
    if seconds <= PATIENCE_SECONDS:
        return ""
    return f"left out: about {numbers.seconds(seconds)} on a CPU; ask for it with --models {name}"


def _progress(row: Row, task: str) -> str:
    if row.problem:
        return f"{row.model}: {row.problem}"
    metric = HEADLINE[task][0]
    return f"{row.model}: {numbers.label(metric)} {numbers.metric(metric, row.value)} in {numbers.seconds(row.seconds)}"


def _make_folder(wanted: Path | None, recipe: Recipe, *, force: bool) -> Path:
    """The comparison's folder, made now; ``runs/compare-<data>-<number>`` where none was named."""
    try:
        if wanted is not None:
            if wanted.exists() and any(wanted.iterdir()) and not force:
                raise RunError(
                    "The folder is not empty.", where=str(wanted), hint="Choose another --out, or --force."
                )
            wanted.mkdir(parents=True, exist_ok=True)
            return wanted
        stem = f"compare-{_safe(Path(recipe.data.source.strip('<>')).stem or 'data')}"
        api.RUNS.mkdir(parents=True, exist_ok=True)
        for number in range(1, 100_000):
            folder = api.RUNS / f"{stem}-{number:03d}"
            if not folder.exists():
                folder.mkdir()
                return folder
    except OSError as error:
        raise RunError(f"It cannot be written: {error.strerror}.", where=str(wanted or api.RUNS)) from None
    raise RunError("No free number is left.", where=str(api.RUNS / stem))


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
