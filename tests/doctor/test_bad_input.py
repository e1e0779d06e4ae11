"""What is no training script, or does not behave: an error or a verdict with a sentence, and never a traceback."""

import os
import subprocess
import sys
import time

import pytest

SETUP = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(240, 4)
y = (x.sum(1) > 0).long()
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
"""
LOOP = """\
for epoch in range(4):
    for rows in torch.randperm(240).split(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
"""
ARGUMENTS = """\
import argparse
import torch

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.parse_args()
"""
WORKERS = """\
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True, num_workers=2)
for epoch in range(3):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
"""
WRITES = """\
import os, pathlib, shutil
pathlib.Path("log.txt").write_text("new")
open("kept.txt", "w").write("overwritten")
os.makedirs("out/deep", exist_ok=True)
torch.save(model.state_dict(), "out/deep/model.pt")
os.remove("kept.txt")
"""
FORKS = """\
import os
child = os.fork()
if child == 0:
    open("child.txt", "w").write("hello")
    os._exit(0)
os.waitpid(child, 0)
"""


def doctor(folder, *arguments, seconds=60):
    """The command in a folder: exit status, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "vitreous", "doctor", *map(str, arguments), "--time", str(seconds)],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nowhere.py", None, "there is no such file"),
        ("book.ipynb", '{"cells": []}', "nbconvert"),
        ("weights.py", "a\0b", "this file is binary"),
    ],
)
def test_what_is_no_script_is_refused_at_once(tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text)
    status, out, err = doctor(tmp_path, name)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {name}: expected a Python script")
    assert said in err


def test_a_folder_is_told_from_a_script_and_its_scripts_are_named(tmp_path):
    (tmp_path / "train.py").write_text("")
    status, _, err = doctor(tmp_path, ".")
    assert status == 2
    assert "this is a folder" in err
    assert "It holds train.py" in err


def test_hostile_names_do_not_steer_the_terminal(tmp_path):
    _, _, err = doctor(tmp_path, "no\x1b[31mwhere.py")
    assert "\x1b" not in err
    (tmp_path / "red\x1b[31m.py").write_text("import torch\n1 / 0\n")
    status, out, _ = doctor(tmp_path, "red\x1b[31m.py")
    assert status == 2
    assert out.startswith("red.py stopped with an error.")
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("import torch\nfor i in range(3)\n    pass\n", "SyntaxError", "mend this line"),
        (ARGUMENTS, "the following arguments are required: data", "arguments of its own"),
        ("import torch\nn = int(input('epochs? '))\n", "EOFError: input() was called", "as an argument"),
        ("import torch\nimport nowhere_at_all\n", "No module named 'nowhere_at_all'", "install the module"),
        ("import sys, torch\nsys.exit('no data here')\n", "SystemExit: no data here", ""),
        ("import torch\ndef f(): return f()\nf()\n", "RecursionError", ""),
    ],
)
def test_a_script_that_stops_is_a_verdict_with_what_stopped_it(tmp_path, text, said, hint):
    (tmp_path / "train.py").write_text(text)
    status, out, _ = doctor(tmp_path, "train.py")
    assert status == 2
    told = " ".join(out.split())
    assert told.startswith("train.py stopped with an error.")
    assert said in told
    assert hint in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os, signal, torch\nos.kill(os.getpid(), signal.SIGKILL)\n", "signal 9 (SIGKILL"),
        ("import ctypes, torch\nctypes.string_at(0)\n", "signal 11 (SIGSEGV"),
        ("import os, torch\nos._exit(3)\n", "status 3"),
        ("print(sum(range(10)))\n", "no training with PyTorch was seen"),
        ("", "no training with PyTorch was seen"),
    ],
)
def test_a_script_that_cannot_be_observed_is_an_error_that_says_why(tmp_path, text, said):
    (tmp_path / "train.py").write_text(text)
    status, out, err = doctor(tmp_path, "train.py")
    assert (status, out) == (2, "")
    assert said in err


def test_one_that_runs_forever_without_training_ends_in_time(tmp_path):
    (tmp_path / "train.py").write_text("import torch\nwhile True:\n    pass\n")
    began = time.monotonic()
    status, _, err = doctor(tmp_path, "train.py", seconds=12)
    assert status == 2
    assert "no tensor was computed with" in err
    assert "--time" in err
    assert time.monotonic() - began < 60


def test_the_page_of_a_run_that_overflows_leaves_out_what_is_no_number(tmp_path):
    (tmp_path / "train.py").write_text(SETUP.replace("lr=1e-2", "lr=1e30").replace("Adam", "SGD") + LOOP)
    status, out, err = doctor(tmp_path, "train.py", "--html", "page.html", "--no-prove")
    assert status in (0, 1), out + err
    page = (tmp_path / "page.html").read_text()
    assert "The script as it ran" in page
    assert "<script" not in page


@pytest.mark.parametrize("before", [FORKS, WRITES, ""], ids=["forks", "writes", "plain"])
def test_what_a_script_does_to_files_and_processes_stays_with_it(tmp_path, before):
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "train.py").write_text(SETUP + before + LOOP.replace("        optimizer.zero_grad()\n", ""))
    status, out, err = doctor(tmp_path, "train.py", seconds=200)
    assert status == 1, out + err
    assert "optim/no-zero-grad" in out
    assert "with the fix" in out  # experiments ran too
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.txt", "train.py"]
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_loader_workers_are_seen_through_and_end_with_the_run(tmp_path):
    (tmp_path / "train.py").write_text(SETUP + WORKERS)
    status, out, err = doctor(tmp_path, "train.py", seconds=200)
    assert status == 0, out + err
    assert "18 steps looked at" in out


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="processes are counted in /proc")  # noqa: PTH112
def test_children_that_a_script_leaves_behind_end_with_it(tmp_path):
    text = "import subprocess, torch\nsubprocess.Popen(['sleep', '4321.5'])\n" + SETUP + LOOP
    (tmp_path / "train.py").write_text(text)
    status, out, err = doctor(tmp_path, "train.py", seconds=200)
    assert status == 0, out + err
    time.sleep(0.2)
    left = [
        place
        for place in os.listdir("/proc")  # noqa: PTH208
        if place.isdigit() and b"4321.5" in _command(place)
    ]
    assert left == []


def _command(process):
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""
