"""Where a script sets a value: from the line that uses it, in the ways that people keep their settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitreous.doctor import literals
from vitreous.record.places import Place

WAYS = {
    "a table asked with get": (
        """\
cfg = {"lr": 0.7}
opt = Adam(m, lr=cfg.get("lr", 0.1))
""",
        1,
    ),
    "a table unpacked into a constructor": (
        """\
cfg = {"dropout": 0.7, "hidden": 3}
class Net(Module):
    def __init__(self, hidden, dropout=0.1):
        opt = Adam(m, lr=dropout)
net = Net(**cfg)
""",
        1,
    ),
    "a table unpacked into a call": (
        """\
cfg = dict(dropout=0.7, hidden=3)
def make(hidden, dropout):
    opt = Adam(m, lr=dropout)
make(**cfg)
""",
        1,
    ),
    "a conversion": (
        """\
cfg = dict(dropout=0.7, hidden=3)
opt = Adam(m, lr=float(cfg["dropout"]))
""",
        1,
    ),
    "saved from the constructor": (
        """\
class Lit(Module):
    def __init__(self, lr=0.7):
        self.save_hyperparameters()
    def f(self):
        opt = Adam(m, lr=self.hparams.lr)
Lit()
""",
        2,
    ),
    "a global of several": (
        """\
LR, N = 0.7, 3
def f(lr=LR):
    opt = Adam(m, lr=lr)
f()
""",
        1,
    ),
    "a field's default": (
        """\
@dataclass
class C:
    lr: float = field(default=0.7)
def f(c: C):
    opt = Adam(m, lr=c.lr)
f(C())
""",
        3,
    ),
    "handed to the base class": (
        """\
class A(Module):
    def __init__(self, p):
        opt = Adam(m, lr=p)
class B(A):
    def __init__(self):
        super().__init__(p=0.7)
B()
""",
        6,
    ),
    "a parameter group": (
        """\
groups = [{"params": a, "lr": 0.7}, {"params": b, "lr": 0.1}]
opt = Adam(groups, lr=groups[0]["lr"])
""",
        1,
    ),
    "one of two": (
        """\
lr = 0.7 if big else 0.1
opt = Adam(m, lr=lr)
""",
        1,
    ),
    "kept on self": (
        """\
class T:
    def __init__(self, model, lr):
        self.lr = lr
    def fit(self):
        opt = Adam(m, lr=self.lr)
T(model, 0.7).fit()
""",
        6,
    ),
    "the environment's default": (
        """\
import os
LR = float(os.environ.get("LR", 0.7))
opt = Adam(m, lr=LR)
""",
        2,
    ),
    "a typer option": (
        """\
def main(epochs: int = 5, lr: float = typer.Option(0.7)):
    opt = Adam(m, lr=lr)
main()
""",
        1,
    ),
    "a table in a table": (
        """\
CONFIG = {"optim": {"lr": 0.7}, "model": {"p": 0.1}}
opt = Adam(m, lr=CONFIG["optim"]["lr"])
""",
        1,
    ),
    "a part of a table unpacked": (
        """\
CONFIG = {"optim": {"lr": 0.7}, "model": {"p": 0.1}}
o = CONFIG["optim"]
opt = Adam(m, **o)
""",
        1,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_number_is_found_where_it_is_written(way: str, tmp_path: Path) -> None:
    text, line = WAYS[way]
    file = tmp_path / "train.py"
    file.write_text(text)
    used = max(number for number, code in enumerate(text.splitlines(), 1) if "Adam(" in code)
    found = literals.option(Place(str(file), used), ["lr"], 0.7, 1, "Adam")
    assert found is not None and found.line == line
