"""SIGKILL at random moments: whatever was acknowledged is there, and the end is bit for bit the same.

The moments are drawn from a seed; VITREOUS_KILL_SEED sets another one.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vitreous.training import checkpoints

SEED = int(os.environ.get("VITREOUS_KILL_SEED", "1"))
KILLS = 11  # of each recipe, at least
FAST = ["--set", "train.threads=1", "--no-baselines", "--set", "train.early_stopping=0"]

RECIPES = {
    "mlp with dropout": [
        "digits", "--model", "mlp", "--set", "model.hidden=[32]", "--set", "model.dropout=0.3", "--epochs", "14",
        "--set", "train.checkpoint_every_steps=7",
    ],
    "cnn with batch norm and augmentation": [
        "digits", "--model", "cnn", "--set", "model.channels=[8,8]", "--set", "model.batch_norm=true",
        "--set", "data.augment=true", "--epochs", "5", "--set", "train.checkpoint_every_steps=5",
    ],
    "lstm on texts": [
        "texts.csv", "--text", "text", "--target", "label", "--model", "lstm", "--epochs", "5", "--batch-size", "32",
        "--set", "train.checkpoint_every_steps=3",
    ],
    "accumulation, plateau, mixup": [
        "table.csv", "--target", "y", "--model", "mlp", "--batch-size", "16", "--set", "train.accumulate=2",
        "--set", "schedule.name=plateau", "--set", "schedule.patience=1", "--set", "train.mixup=0.2", "--epochs", "12",
        "--set", "train.checkpoint_every_steps=9",
    ],
    "streamed parquet": [
        "table.parquet", "--target", "y", "--model", "mlp", "--batch-size", "16", "--set", "data.memory_gib=1e-9",
        "--epochs", "8", "--set", "train.checkpoint_every_steps=11",
    ],
}  # fmt: skip
LONG = ["mlp with dropout", "cnn with batch norm and augmentation"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in RECIPES]
)
def test_a_killed_run_ends_as_an_undisturbed_one(name, commands, datasets, tmp_path):
    seed = f"{SEED} {name}"
    print("seed:", seed)
    rng = random.Random(seed)
    recipe = [*RECIPES[name], *FAST]
    whole = commands.run("train", *recipe, "--out", tmp_path / "whole", cwd=datasets, report=False)
    assert whole.status == 0, whole.err

    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        kills += killed_until_done(
            rng, commands, datasets, recipe, tmp_path / f"killed-{rounds}", whole.seconds
        )
        same(tmp_path / f"killed-{rounds}", tmp_path / "whole")
    print(f"{kills} kills in {rounds} runs")


def killed_until_done(rng, commands, datasets, recipe, run, longest) -> int:
    """Trains, is killed and goes on, until it ends before it is killed; gives the number of kills."""
    kills = step = 0
    command = ["train", *recipe, "--out", run]
    while True:
        moment = rng.uniform(0, 0.8 * longest)
        outcome = commands.run(*command, cwd=datasets, signals=[(moment, signal.SIGKILL)], report=False)
        if outcome.status == 0:
            break
        assert outcome.status == -signal.SIGKILL, outcome.err
        kills += 1
        if (run / "recipe.toml").is_file():
            command = ["resume", run]
        newest, notes = checkpoints.load_newest(run / "checkpoints")
        assert not notes
        reached = newest.state["step"] if newest else 0
        assert reached >= step, "an acknowledged checkpoint is lost"
        step = reached
    leftovers = [p.name for p in run.rglob("*") if ".tmp" in p.name or p.name == ".lock"]
    assert not leftovers
    return kills


def test_real_processes_killed_while_they_start_and_train(datasets, tmp_path):
    """The same without the forking, from the interpreter's start on."""
    recipe = [*RECIPES["mlp with dropout"], *FAST]
    rng = random.Random(SEED)
    program = [sys.executable, "-m", "vitreous"]
    subprocess.run(
        [*program, "train", *recipe, "--out", str(tmp_path / "whole"), "--quiet"], cwd=datasets, check=True
    )
    run = tmp_path / "killed"
    command = [*program, "train", *recipe, "--out", str(run)]
    for moment in (0.05, rng.uniform(0.5, 2), rng.uniform(2, 4), rng.uniform(3, 5)):
        process = subprocess.Popen(
            command, cwd=datasets, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moment)
        process.kill()
        process.wait()
        if (run / "recipe.toml").is_file():
            command = [*program, "resume", str(run)]
    subprocess.run(command, cwd=datasets, check=True, stdout=subprocess.DEVNULL)
    same(run, tmp_path / "whole")


def same(one: Path, other: Path) -> None:
    """Weights and record byte for byte; history and result but for the seconds."""
    for name in ("model.safetensors", "record.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert history(one) == history(other)
    results = [json.loads((f / "result.json").read_text()) for f in (one, other)]
    for result in results:
        result.pop("seconds")
    assert results[0] == results[1]


def history(run: Path) -> list[dict]:
    lines = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "second" not in k} for line in lines]
