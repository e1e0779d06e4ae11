"""`vt.watch()` and the callbacks: in a loop, in a notebook, after exceptions, and within another's watch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import vitreous as vt
from vitreous.record.taps import Taps

X = torch.randn(256, 8, generator=torch.Generator().manual_seed(0))
Y = (X[:, :3].sum(1) > 0).long()


def network(*, narrow: int = 16) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(narrow, 2))


def train(
    model: nn.Module, *, steps: int = 40, cleared: bool = True, error: BaseException | None = None
) -> None:
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(steps):
        if cleared:
            optimizer.zero_grad()
        at = 32 * (step % 8)
        nn.functional.cross_entropy(model(X[at : at + 32]), Y[at : at + 32]).backward()
        optimizer.step()
        if error is not None and step == steps // 2:
            raise error


def test_an_exception_within_is_diagnosed_and_goes_on():
    with pytest.raises(RuntimeError, match="cannot be multiplied"), vt.watch() as w:
        train(network(narrow=12))
    verdict = w.verdict()
    assert verdict.verdict == "crashed"
    facts = dict(verdict.crash)
    assert "test_watch.py" in facts["where"]
    assert "operation" in facts, "the layer that failed is named"
    assert "[32, 16]" in facts["given 1"]
    assert not Taps.taken()


def test_an_interruption_is_no_crash_and_no_short_run():
    with pytest.raises(KeyboardInterrupt), vt.watch() as w:
        train(network(), error=KeyboardInterrupt())
    assert w.verdict().verdict == "healthy"
    assert w.verdict().findings == []


def test_a_watch_within_a_watch_leaves_the_verdict_to_the_outer():
    with vt.watch() as outer:
        with vt.watch() as inner:
            train(network(), cleared=False)
        assert Taps.taken()
    assert [f.fault for f in outer.verdict().findings] == ["optim/no-zero-grad"]
    assert inner.verdict().findings == []
    assert any("watches the whole program" in line for line in inner.verdict().not_checked)


def test_nothing_seen_is_not_called_right():
    with vt.watch() as w:
        pass
    assert "no training was seen" in str(w.verdict())


def test_the_verdict_is_asked_for_behind_the_block():
    with vt.watch() as w, pytest.raises(vt.UsageError, match="behind the block"):
        w.verdict()


def test_a_fault_without_a_line_says_why():
    trained, other = network(), network()
    optimizer = torch.optim.Adam(other.parameters(), 1e-2)
    with vt.watch() as w:
        for _ in range(30):
            optimizer.zero_grad()
            nn.functional.cross_entropy(trained(X), Y).backward()
            optimizer.step()
    assert w.verdict().findings[0].fault == "optim/wrong-parameters"
    assert "made before the watching began" in str(w.verdict())


SCRIPT = """
import torch
import vitreous as vt
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 8)
y = (X[:, :3].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
with vt.watch() as w:
    for step in range(40):
        loss = nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
    print("loss", loss.item())
print(w.verdict().verdict)
"""


def test_the_doctor_sees_what_a_script_watches_itself(tmp_path: Path):
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "vitreous", "doctor", "train.py", "--no-prove"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "optim/no-zero-grad" in done.stdout


CRASH = """
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 8)
y = (X[:, :3].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2), nn.Softmax(1))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for step in range(40):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
settings = {}
print(settings["out"])
"""


def test_an_error_that_has_nothing_to_do_with_what_is_found_is_shown_as_it_is(tmp_path: Path):
    (tmp_path / "train.py").write_text(CRASH)
    command = [sys.executable, "-m", "vitreous", "doctor", "train.py", "--no-prove"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines[0] == "train.py stopped with an error."
    assert "KeyError: 'out'" in lines[1]
    assert any(line.startswith("also: softmax stands before") for line in lines)


# What IPython does with a cell: its source is in linecache only, and its name is that of no file.
CELL = """
import linecache, torch, vitreous as vt
from torch import nn

def run(cell, name):
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
    exec(compile(cell, name, "exec"), globals())

run('''
torch.manual_seed(0)
X = torch.randn(256, 8)
y = (X[:, :3].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
with vt.watch() as w:
    for step in range(40):
        loss = nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
''', "/tmp/ipykernel_17/2136963005.py")
print(repr(w.verdict()))
"""


def test_the_lines_of_a_notebooks_cell_are_shown(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", CELL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "2136963005.py:10  loss.backward()" in done.stdout, done.stdout + done.stderr
    assert "this session" in done.stdout, "as the last line of a cell it is shown as printed"


TRAINER = """
import tempfile
import torch
from torch import nn
from transformers import Trainer, TrainingArguments
from vitreous.doctor.callbacks.transformers import DoctorCallback
from vitreous.record.taps import Taps

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 2)

    def forward(self, inputs, labels):
        if not self.training:
            raise ValueError("not so")
        return {"loss": nn.functional.cross_entropy(self.layer(inputs), labels)}

rows = [{"inputs": row, "labels": int(row[0] > 0)} for row in torch.randn(64, 8)]
doctor = DoctorCallback()
out = tempfile.mkdtemp()
settings = TrainingArguments(out, report_to="none", disable_tqdm=True, eval_strategy="epoch", use_cpu=True)
trainer = Trainer(Net(), settings, train_dataset=rows, eval_dataset=rows, callbacks=[doctor])
try:
    trainer.train()
except ValueError as error:
    print("raised", error, Taps.taken(), doctor.verdict.verdict)
"""


def test_the_trainers_callback_ends_with_an_exception(tmp_path: Path):
    (tmp_path / "train.py").write_text(TRAINER)
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "raised not so False crashed" in done.stdout, done.stdout + done.stderr
    assert "ValueError: not so" in done.stdout
