"""``vt.train`` and ``vt.resume``: what the command line does, from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.errors import RunError, UsageError
from vitreous.training.events import Listener
from vitreous.training.folder import LOCK, claimed, held, tidy
from vitreous.training.recipe import Recipe, read_toml
from vitreous.training.run import Run
from vitreous.training.signals import StopRequest
from vitreous.training.trust import check, check_config, remember

if TYPE_CHECKING:
    from vitreous.training.session import Session

RUNS = Path("runs")

# Short names of settings, for Python and the command line.
SHORT = {
    "target": "data.target", "text": "data.text", "time": "data.time", "horizon": "data.horizon", "task": "data.task",
    "tags": "data.tags", "data_dir": "data.folder", "model": "model.name", "epochs": "train.epochs",
    "batch_size": "train.batch_size", "lr": "optimizer.lr", "seed": "train.seed", "device": "train.device",
    "init": "train.init", "freeze": "train.freeze", "unfreeze_at": "train.unfreeze_at", "shard": "train.shard",
    "threads": "train.threads", "optimizer": "optimizer.name", "schedule": "schedule.name",
    "baselines": "train.baselines", "checks": "train.checks", "precision": "train.precision",
}  # fmt: skip


def train(
    data: object,
    *,
    out: str | Path | None = None,
    config: str | Path | Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    force: bool = False,
    find_lr: bool = False,
    listener: Listener | None = None,
    **short: Any,
) -> Run:
    """Trains a network on a person's data and saves the run.

    Args:
        data: A built-in name, a file or folder, a data frame, a dict of columns, arrays ``(X, y)``,
            or a torch Dataset.
        out: The run's folder; below ``runs/`` by default.
        config: A TOML file, or a mapping, of recipe settings.
        settings: Dotted settings over those: ``{"model.hidden": [32, 16]}``.
        force: Overwrite a run that is in the folder.
        find_lr: Take the learning rate from a range test.
        listener: Hears of progress; silent by default.
        short: ``target``, ``model``, ``epochs``, ``batch_size``, ``lr``, ``seed``, ``device`` and the
            other names of `SHORT`.

    Returns:
        The finished run.

    Raises:
        VitreousError: its subclasses say whether recipe, data, network or training was at fault.
    """
    recipe = make_recipe(data, config=config, settings=settings, short=short)
    folder = Path(out) if out is not None else free_folder(recipe)
    return start(data, recipe, folder, force=force, find_rate=find_lr, listener=listener or Listener())


def resume(
    folder: str | Path, *, data: object = None, listener: Listener | None = None, trust: bool = False
) -> Run:
    """Goes on with a run that was stopped, from its last checkpoint; a finished one is given back.

    Args:
        folder: The run's folder.
        data: The same data again, where the run was trained on Python objects.
        listener: Hears of progress.
        trust: Load the network's code even if the run was not trained here.

    Raises:
        RunError: when there is no run, its checkpoints are damaged, or the data have changed.
    """
    run = Run(folder, trust=trust)
    if not trust:
        check(run.folder, run.recipe)
    listener = listener or Listener()
    if run.status == "finished":
        _ = run.result  # says so when it is damaged
        if (run.folder / LOCK).exists():  # of a process that was killed behind its last line
            with suppress(RunError), held(run.folder):
                tidy(run.folder)
        if not (run.folder / "report.html").is_file():
            run.report()
        listener.note(f"{folder} is finished; there is nothing to go on with")
        return run
    source = data if data is not None else run.recipe.data.source
    if isinstance(source, str) and source.startswith("<"):
        raise RunError(
            "The run was trained on Python objects.", where=str(folder), hint="Use vt.resume(folder, data=…)."
        )
    with _stoppable(run.folder) as stop, held(run.folder) if _first() else nullcontext():
        return _session(stop)(run.folder, source, run.recipe, listener).run(stop)


def make_recipe(
    data: object, *, config: str | Path | Mapping[str, Any] | None, settings: Mapping[str, Any] | None,
    short: Mapping[str, Any],
) -> Recipe:  # fmt: skip
    """The recipe from a config, short names and dotted settings, later ones over earlier ones."""
    unknown = sorted(set(short) - set(SHORT))
    if unknown:
        from vitreous.errors import did_you_mean

        raise UsageError(f"There is no argument {unknown[0]!r}.", hint=did_you_mean(unknown[0], SHORT))
    base = config if isinstance(config, Mapping) else read_toml(Path(config)) if config else {}
    given = {SHORT[name]: value for name, value in short.items() if value is not None}
    named = str(data) if isinstance(data, str | Path) else f"<{type(data).__name__}>"
    is_place = Path(named).suffix or len(Path(named).parts) > 1 or named.endswith("/")
    if isinstance(data, str | Path) and is_place and Path(data).exists():
        named = str(Path(data).resolve())  # the run can be resumed from any folder
    chosen = {**given, **(settings or {})}
    place, separator, name = str(chosen.get("model.name", "")).rpartition(":")
    if separator and place.endswith(".py"):  # the run can be used from any folder later
        chosen["model.name"] = f"{Path(place).resolve()}:{name}"
    recipe = Recipe.from_settings(base, {"data.source": named}, chosen)
    if config and not isinstance(config, Mapping) and "model.name" not in chosen:
        check_config(Recipe.from_settings(base), recipe, str(config))
    return recipe


def start(
    data: object, recipe: Recipe, folder: Path, *, force: bool, find_rate: bool, listener: Listener
) -> Run:
    """Claims the folder and trains; takes a new folder away again when the data or network cannot be used."""
    own = claimed(folder, recipe, force=force) if _first() else nullcontext()
    with _stoppable(folder) as stop, own:
        remember(folder, recipe)
        return _session(stop)(folder, data, recipe, listener, find_rate=find_rate).run(stop)


def free_folder(recipe: Recipe) -> Path:
    """The first ``runs/<data>-<model>-<number>`` that is not taken."""
    stem = Path(recipe.data.source.strip("<>")).stem or "run"
    model = recipe.model.name.rpartition(":")[2]
    name = "".join(
        c if c.isalnum() or c in "-_" else "-" for c in (stem if model == "auto" else f"{stem}-{model}")
    )
    number = 1
    while (RUNS / f"{name}-{number:03d}").exists():
        number += 1
    return RUNS / f"{name}-{number:03d}"


def _first() -> bool:
    """Whether this is the process that writes; torchrun numbers them."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def _stoppable(folder: Path) -> Iterator[StopRequest]:
    with StopRequest() as stop:
        stop.hint = f"Go on with: vitreous resume {folder}"
        yield stop


def _session(stop: StopRequest) -> type[Session]:
    """The session's class; importing torch takes seconds, and half an import is none: a signal waits."""
    with stop.deferred():
        from vitreous.training.session import Session
    return Session
