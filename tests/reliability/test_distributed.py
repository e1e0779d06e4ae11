"""Two processes under torchrun (gloo): the same training as one, saved once, gone on with by any number."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import vitreous as vt
from vitreous.data.examples import TensorExamples
from vitreous.data.types import BatchPlan
from vitreous.training import checkpoints

# Sums over a batch in another order; a network without dropout draws nothing that differs by process.
SAME = 1e-4
QUICK = [
    "--set", "train.threads=1", "--set", "train.early_stopping=0", "--set", "train.checks=false",
    "--set", "train.checkpoint_every_steps=9", "--no-baselines", "--batch-size", "32", "--quiet",
]  # fmt: skip
MLP = ["table.csv", "--target", "y", "--model", "mlp", "--set", "model.hidden=[16]"]


def launch(count, *argv, cwd):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        str(count),
        "--master-port",
        str(port),
    ]
    start = torchrun if count > 1 else [sys.executable]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    environment.pop("WORLD_SIZE", None)
    return subprocess.Popen(
        [*start, "-m", "vitreous", *map(str, argv)], cwd=cwd, env=environment, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process) -> str:
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    return err


def history(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]


def assert_same(one: Path, other: Path) -> None:
    a, b = history(one), history(other)
    assert len(a) == len(b)
    for left, right in zip(a, b, strict=True):
        for name in (
            "train.loss",
            "validation.loss",
            "train.accuracy",
            "validation.accuracy",
            "gradient_norm",
            "step",
        ):
            assert left.get(name) == pytest.approx(right.get(name), abs=SAME, rel=SAME), (left["epoch"], name)


@pytest.fixture(scope="module")
def uneven(datasets):
    """597 rows: neither batches nor processes divide what trains."""
    frame = pl.read_csv(datasets / "table.csv").head(597)
    frame.write_csv(datasets / "uneven.csv")
    return datasets


@pytest.mark.parametrize("length", [1, 31, 32, 33, 97])
@pytest.mark.parametrize("count", [2, 3])
def test_every_example_goes_to_one_process_once(length, count):
    examples = TensorExamples(torch.arange(length).float()[:, None], torch.arange(length))
    for epoch in range(2):
        seen = []
        for rank in range(count):
            plan = BatchPlan(16, seed=3, epoch=epoch, rank=rank, processes=count)
            seen += [int(y) for _, ys in examples.batches(plan) for y in ys]
        assert sorted(seen) == list(range(length))


@pytest.mark.slow
def test_two_processes_train_as_one_and_each_goes_on_with_the_others_run(commands, uneven, tmp_path):
    recipe = ["uneven.csv", *MLP[1:], *QUICK]
    alone = commands.run("train", *recipe, "--epochs", "6", "--out", tmp_path / "one", cwd=uneven)
    assert alone.status == 0, alone.err
    run = tmp_path / "two"
    process = launch(2, "train", *recipe, "--epochs", "6", "--out", run, cwd=uneven)
    finish(process)
    assert_same(tmp_path / "one", run)
    assert len(history(run)) == 6 and not list(run.glob(".*"))
    steps = [json.loads(line)["step"] for line in (run / "record.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))  # one writer
    # One process goes on from the middle of two, and two from there.
    for count, keep in ((1, 1), (2, 0)):
        rewind(run, keep)
        if count == 1:
            assert commands.run("resume", run, cwd=uneven).status == 0
        else:
            finish(launch(count, "resume", run, "--quiet", cwd=uneven))
        assert_same(tmp_path / "one", run)
    result = vt.Run(run).result
    assert result["test.accuracy"] == pytest.approx(
        vt.Run(tmp_path / "one").result["test.accuracy"], abs=0.02
    )


def rewind(run: Path, keep: int) -> None:
    """As if the run had been killed behind its ``keep``-th newest checkpoint."""
    import shutil

    for name in ("result.json", "manifest.json", "report.html"):
        (run / name).unlink()
    for place in checkpoints.complete(run / "checkpoints")[:keep]:
        shutil.rmtree(place)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sharded", "batch norm", pytest.param("text", marks=pytest.mark.long)])
def test_other_networks_train_as_on_one_process(kind, commands, uneven, tmp_path):
    recipe = {
        "sharded": [*MLP, "--set", "model.hidden=[16,16]"],
        "batch norm": ["uneven.csv", *MLP[1:], "--set", "model.batch_norm=true"],
        "text": [
            "texts.csv",
            "--text",
            "text",
            "--target",
            "label",
            "--model",
            "lstm",
            "--set",
            "data.augment=false",
            "--set",
            "model.dropout=0.0",
        ],
    }[kind]
    extra = ["--shard"] if kind == "sharded" else []
    finish(
        launch(2, "train", *recipe, *QUICK, *extra, "--epochs", "2", "--out", tmp_path / "two", cwd=uneven)
    )
    if kind == "batch norm":  # each process has the statistics of its own share
        losses = [line["train.loss"] for line in history(tmp_path / "two")]
        assert np.isfinite(losses).all() and losses[1] < losses[0]
        return
    outcome = commands.run("train", *recipe, *QUICK, "--epochs", "2", "--out", tmp_path / "one", cwd=uneven)
    assert outcome.status == 0, outcome.err
    assert_same(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_sigterm_to_all_workers_saves_and_the_run_goes_on(uneven, tmp_path):
    run = tmp_path / "run"
    recipe = [*MLP, *QUICK, "--epochs", "400", "--out", run]
    process = launch(2, "train", *recipe, cwd=uneven)
    deadline = time.monotonic() + 60
    while not (run / "checkpoints").is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)  # torchrun passes it on
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - started < 10
    assert process.returncode != 0 and "Stopped by SIGTERM" in err, err
    newest, notes = checkpoints.load_newest(run / "checkpoints")
    assert not notes and newest.state["processes"] == 2
    assert not (run / ".lock").exists() and not (run / "result.json").exists()
