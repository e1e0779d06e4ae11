"""A rewritten script is the same program: it runs, computes what it did, and each of its lines is found again."""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest
from bench.rewrites import all_rewrites
from bench.rewrites.script import Script

SCRIPT = '''\
"""Which of three."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.last(F.relu(self.first(x)))


torch.manual_seed(0)
inputs = torch.randn(256, 5)
labels = inputs[:, :3].argmax(1)
loader = DataLoader(TensorDataset(inputs, labels), batch_size=32, shuffle=True)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
for epoch in range(6):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    chosen = F.softmax(net(inputs), dim=1).argmax(dim=1)
    right = (chosen == labels).float().mean().item()
print(f"right {right:.3f}")
'''
EXACT = {"function", "names", "files", "picking", "slow", "activations", "losses", "updates"}


def ran(script: Script, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    import torch

    path = folder / "train.py"
    path.write_text(script.text, encoding="utf-8")
    for name, text in script.others.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    out, default = io.StringIO(), torch.get_default_dtype()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(str(path), run_name="__main__")
    finally:
        torch.set_default_dtype(default)
        sys.modules.pop("parts", None)
    return out.getvalue()


@pytest.mark.parametrize("way", all_rewrites())
def test_a_rewritten_script_does_the_same(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(logging.root, "handlers", [])
    plain = ran(Script(SCRIPT), tmp_path, monkeypatch)
    script = Script(SCRIPT)
    assert all_rewrites()[way].rewrite(script) is not None
    assert script.text != SCRIPT
    found = ran(script, tmp_path, monkeypatch)
    share = float(found.split()[-1])
    assert abs(share - float(plain.split()[-1])) <= (0.01 if way in EXACT else 0.1)


@pytest.mark.parametrize("way", all_rewrites())
def test_lines_are_found_again(way: str) -> None:
    script = Script(SCRIPT)
    all_rewrites()[way].rewrite(script)
    old, new = SCRIPT.splitlines(), script.text.splitlines()
    for text in (".zero_grad()", "loss.backward()"):
        number = next(n for n, line in enumerate(old, start=1) if text in line)
        assert text.partition(".")[2] in new[script.line(number) - 1]
