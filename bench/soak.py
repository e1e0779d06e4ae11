"""A thousand kills: ``vitreous train`` and ``vitreous resume`` are killed at random moments until runs are done.

Each cycle trains the same small network in a fresh folder. The process is killed (SIGKILL, so nothing can
be tidied up) behind a random delay and resumed, again and again; when a process gets to the end, the
weights must be byte for byte those of a run that nobody disturbed, the history must say the same, and no
temporary file may be left. ``python -m bench.soak --kills 1000 --workers 2``; exit status 1 at the first
difference, whose folder is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from bench import child, results
from bench.results import goal

# Validation, dropout, a schedule, augmentation's random numbers: everything that a checkpoint must hold.
RECIPE: dict[str, Any] = {
    "model.name": "mlp", "model.hidden": [64, 32], "model.dropout": 0.2, "train.epochs": 30, "train.batch_size": 32,
    "train.mixup": 0.2, "train.checkpoint_every_steps": 25, "train.early_stopping": 0, "train.threads": 1,
    "train.baselines": False,
}  # fmt: skip
TEMPORARY = ".tmp-"  # how vitreous begins the name of a file it has not finished
LIMIT_SECONDS = 600
STAGES = {
    "nothing": "before there was a recipe",
    "training": "before the weights were final",
    "ending": "behind that",
}


@dataclass
class Tally:
    """What all workers have done together.

    Attributes:
        wanted: Kills.
        kills: So far.
        cycles: Runs that came to their end and were right.
        before_recipe: Kills before there was anything to resume.
        during: Kills by what the folder held at that moment.
    """

    wanted: int
    kills: int = 0
    cycles: int = 0
    during: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    stop: Event = field(default_factory=Event)

    def killed(self, stage: str) -> None:
        """Counts one."""
        with self.lock:
            self.kills += 1
            self.during[stage] = self.during.get(stage, 0) + 1
            if self.kills % 50 == 0:
                print(
                    f"  {self.kills}/{self.wanted} kills, {self.cycles} runs right",
                    file=sys.stderr,
                    flush=True,
                )

    @property
    def enough(self) -> bool:
        return self.kills >= self.wanted or self.stop.is_set()


class WrongError(Exception):
    """A run that was killed and resumed differs from one that was not."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m bench.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=RECIPE["train.epochs"])
    parser.add_argument("--source", default="digits")
    parser.add_argument("--results", type=Path, default=results.FOLDER)
    arguments = parser.parse_args(argv)
    where, start = results.machine(), time.perf_counter()
    found = run(arguments)
    found["seconds"] = round(time.perf_counter() - start, 1)
    command = " ".join(["python -m bench.soak", *(sys.argv[1:] if argv is None else argv)])
    path = results.write("soak", __doc__ or "", command, where, found, arguments.results)
    for note in found["notes"]:
        print(note)
    print(
        f"{found['figures']['kills']} kills, {found['figures']['runs that ended right']} runs right, {path}"
    )
    return 0 if all(one["met"] for one in found["goals"]) else 1


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = {**RECIPE, "train.epochs": arguments.epochs, "train.seed": arguments.seed}
    folder, tally, notes = Path(tempfile.mkdtemp(prefix="soak-")), Tally(arguments.kills), []
    undisturbed = child.train(arguments.source, folder / "undisturbed", settings)
    with ThreadPoolExecutor(arguments.workers) as pool:
        workers = [
            pool.submit(_work, arguments.source, settings, folder, number, undisturbed.child.seconds, tally)
            for number in range(arguments.workers)
        ]
        wait(workers, return_when=FIRST_EXCEPTION)
        tally.stop.set()
    wrong = [str(error) for error in (worker.exception() for worker in workers) if error is not None]
    if wrong:
        notes += [f"{message} (kept: {folder})" for message in wrong]
    else:
        shutil.rmtree(folder)
    return {
        "settings": {"workers": arguments.workers, "source": arguments.source, **settings},
        "figures": {
            "kills": tally.kills, "runs that ended right": tally.cycles, "runs that ended wrong": len(wrong),
            **{f"kills {text}": tally.during.get(stage, 0) for stage, text in STAGES.items()},
            "seconds of the undisturbed process": round(undisturbed.child.seconds, 2),
        },
        "goals": [
            goal("runs that ended wrong", len(wrong), at_most=0),
            goal("kills", tally.kills, at_least=arguments.kills),
        ],
        "notes": notes,
    }  # fmt: skip


def _work(
    source: str, settings: dict[str, Any], folder: Path, worker: int, seconds: float, tally: Tally
) -> None:
    chance = random.Random(f"{settings['train.seed']}-{worker}")
    number = 0
    while not tally.enough:
        number += 1
        place = folder / f"worker-{worker}-run-{number}"
        _cycle(source, settings, place, chance, seconds, tally)
        if not tally.stop.is_set():
            _compare(place, folder / "undisturbed")
            with tally.lock:
                tally.cycles += 1
        shutil.rmtree(place)


def _cycle(
    source: str, settings: dict[str, Any], place: Path, chance: random.Random, seconds: float, tally: Tally
) -> None:
    """Trains to the end, killing on the way; once there are enough kills the last process is left alone."""
    train = child.vitreous(
        "train", source, "--out", str(place), "--force", "--quiet", *child.settings_options(settings)
    )
    resume = child.vitreous("resume", str(place), "--quiet")
    deadline = time.monotonic() + LIMIT_SECONDS
    while not tally.stop.is_set():
        command = resume if (place / "recipe.toml").is_file() else train
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            try:
                # A few wait longer than a whole run takes: those come to the end.
                limit = LIMIT_SECONDS if tally.enough else chance.uniform(0.1, 1.3 * seconds)
                _, errors = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                tally.killed(_stage(place))
                if time.monotonic() > deadline:
                    raise WrongError(f"{place.name} never ends") from None
                continue
        if process.returncode:
            raise WrongError(
                f"{place.name}: {' '.join(command[1:4])} ended with {process.returncode}: {errors.decode()[-500:]}"
            )
        return


def _stage(place: Path) -> str:
    if (place / "model.safetensors").is_file() and (place / "evaluation.json").is_file():
        return "ending"
    return "training" if (place / "recipe.toml").is_file() else "nothing"


def _compare(place: Path, undisturbed: Path) -> None:
    """Raises WrongError where something differs that should not."""
    for name in ("model.safetensors", "report.html", "result.json", "record.jsonl"):
        if not (place / name).is_file():
            raise WrongError(f"{place.name}: {name} is missing")
    if (place / "model.safetensors").read_bytes() != (undisturbed / "model.safetensors").read_bytes():
        raise WrongError(f"{place.name}: the weights differ")
    if _history(place) != _history(undisturbed):
        raise WrongError(f"{place.name}: the history differs")
    left = [path.name for path in place.rglob(f"{TEMPORARY}*")]
    if left:
        raise WrongError(f"{place.name}: temporary files are left: {', '.join(left)}")


def _history(place: Path) -> list[dict[str, Any]]:
    """Without the times."""
    lines = [json.loads(line) for line in (place / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in line.items() if "second" not in key} for line in lines]


if __name__ == "__main__":
    sys.exit(main())
