"""Evaluation data that are like those of training but for their order, or for what was fitted to them once more."""

import numpy as np
import pytest

from vitreous.doctor.fitted import fitted_apart
from vitreous.doctor.rearranged import rearranged

PICTURES = """
import torch
from torch import nn
torch.manual_seed(0)

def pictures(count):
    kind = torch.randint(3, (count,))
    x = torch.rand(count, 3, 8, 8) * torch.tensor([0.4, 0.6, 1.0])[:, None, None]
    x[torch.arange(count), kind] += 0.3
    return x, kind

(x, y), (x_val, y_val) = pictures(600), pictures(300)
x_val = x_val[:, [2, 1, 0]]
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 3))
optimizer = torch.optim.Adam(net.parameters(), 3e-3)
for epoch in range(4):
    for rows in torch.randperm(600).split(50):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print((net(x_val).argmax(1) == y_val).float().mean().item())
"""

WORDS = """
import random
import torch
from torch import nn
rng = random.Random(0)
torch.manual_seed(0)
NAMES = [a + b for a in "klmnprst" for b in ("abe", "ido", "une", "ore")]

def sentence():
    kind = rng.randrange(2)
    return [rng.choice(NAMES[16 * kind:][:16] if rng.random() < 0.9 else NAMES) for _ in range(8)], kind

def encode(rows):
    known = {w: i for i, w in enumerate(dict.fromkeys(w for words, _ in rows for w in words))}
    return torch.tensor([[known[w] for w in words] for words, _ in rows]), torch.tensor([k for _, k in rows])

rows = [sentence() for _ in range(900)]
x, y = encode(rows[:600])
x_val, y_val = encode(rows[600:])
net = nn.Sequential(nn.Embedding(32, 8), nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), 5e-3)
for epoch in range(6):
    for taken in torch.randperm(600).split(50):
        loss = nn.functional.cross_entropy(net(x[taken]), y[taken])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print((net(x_val).argmax(1) == y_val).float().mean().item())
"""


@pytest.mark.parametrize(("script", "line"), [(PICTURES, "x_val = x_val"), (WORDS, "x_val, y_val = encode")])
def test_evaluation_as_in_training_is_the_proof(doctor, script, line):
    verdict, _ = doctor(script)
    finding = verdict.findings[0]
    assert finding.fault == "data/transform-mismatch"
    assert script.splitlines()[finding.line - 1].startswith(line)
    assert finding.proof is not None


@pytest.mark.parametrize(
    ("script", "wrong", "right"),
    [
        (PICTURES, "x_val = x_val[:, [2, 1, 0]]\n", ""),
        (WORDS, "dict.fromkeys(w for words, _ in rows for w in words)", "NAMES"),
    ],
)
def test_the_same_preparation_for_both_raises_nothing(doctor, script, wrong, right):
    verdict, _ = doctor(script.replace(wrong, right))
    assert verdict.findings == []


def test_the_order_of_columns_is_found_by_their_quantiles():
    random = np.random.default_rng(0)
    rows = random.normal(size=(900, 5)) * [1, 2, 3, 4, 5] + [0, 9, 3, 20, -5]
    order, times = rearranged(rows[:600], rows[600:, [3, 0, 1, 4, 2]])
    assert order.axis == 1 and order.taken == [1, 2, 4, 0, 3]
    assert times > 4
    assert rearranged(rows[:600], rows[600:]) is None
    assert rearranged(rows[:600], rows[600:] * 3 + 1) is None


@pytest.mark.parametrize(
    ("text", "line", "edit"),
    [
        (
            "vocabulary = sorted(set(train))\nval_vocabulary = sorted(set(val))\n",
            2,
            "val_vocabulary = vocabulary",
        ),
        (
            "def levels(rows):\n    seen = sorted(set(rows))\n    return seen\n\na = levels(train)\nb = levels(val)\n",
            6,
            '    seen = globals().setdefault("_fitted_first_0_2", sorted(set(rows)))',
        ),
    ],
)
def test_what_is_fitted_twice_is_read_from_the_text(tmp_path, text, line, edit):
    script = tmp_path / "train.py"
    script.write_text(text)
    (found,) = fitted_apart(str(script))
    assert found.line == line
    assert [e.text for e in found.edits] == [edit]


@pytest.mark.parametrize(
    "text",
    [
        "vocabulary = sorted(set(train))\ntrain_ids = [vocabulary.index(w) for w in train]\n",
        "def scaled(x):\n    x = (x - x.mean()) / x.std()\n    return x\n\na = scaled(train)\n",
        "mean = train.mean(0)\nerror = val.mean(0)\n",
    ],
)
def test_what_is_fitted_once_is_left_alone(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text)
    assert list(fitted_apart(str(script))) == []


NUMBERED = """
class Words:
    def fit(self, rows):
        known = dict.fromkeys(w for words, _ in rows for w in words)
        self.number = {w: i for i, w in enumerate(known)}
        return self

    def transform(self, rows):
        return torch.tensor([[self.number[w] for w in words] for words, _ in rows]), torch.tensor([k for _, k in rows])

    def fit_transform(self, rows):
        return self.fit(rows).transform(rows)

words = Words()
rows = [sentence() for _ in range(900)]
x, y = words.fit_transform(rows[:600])
x_val, y_val = words.fit_transform(rows[600:])
"""
METHODS = WORDS[: WORDS.index("def encode")] + NUMBERED.lstrip() + WORDS[WORDS.index("net = ") :]


def test_a_method_that_fits_is_called_for_both_parts(doctor, tmp_path):
    """By another of its class, which passes on what it is given: the line is that of the held-out part."""
    verdict, _ = doctor(METHODS)
    finding = verdict.findings[0]
    assert finding.fault == "data/transform-mismatch"
    assert METHODS.splitlines()[finding.line - 1].startswith("x_val, y_val = words.fit_transform")
    (tmp_path / "right.py").write_text(
        METHODS.replace("words.fit_transform(rows[600:])", "words.transform(rows[600:])")
    )
    assert list(fitted_apart(str(tmp_path / "right.py"))) == []
