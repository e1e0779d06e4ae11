"""Lines that move the rows of one array alone, read from the text."""

import pytest

from vitreous.doctor.reordered import moved_alone

SPLIT = "from sklearn.model_selection import train_test_split\n"


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("x = x[order]\n", ["x = x"]),
        ("rng.shuffle(y)\n", ["None"]),
        ("y = np.roll(y, 1)\n", ["y = y"]),
        ("y = torch.flip(y, [0])\n", ["y = y"]),
        ("x, y = x[1:], y[:-1]\n", ["x, y = x, y"]),
        ("table = table.sample(frac=1)\n", ["table = table"]),
        ("xb, yb = x[order[a:b]], y[rows]\n", ["xb, yb = x[order[a:b]], y[order[a:b]]"]),
        (
            SPLIT
            + "a, b = train_test_split(x, random_state=1)\nc, d = train_test_split(y, random_state=2)\n",
            ["a, b = train_test_split(x, random_state=0)", "c, d = train_test_split(y, random_state=0)"],
        ),
        (
            SPLIT + "a, b = train_test_split(x)\nc, d = train_test_split(y)\n",
            ["a, b = train_test_split(x, random_state=0)", "c, d = train_test_split(y, random_state=0)"],
        ),
    ],
)
def test_what_moves_one_side_alone_is_left_out(tmp_path, text, without):
    script = tmp_path / "train.py"
    script.write_text(text)
    (moved,) = moved_alone(str(script))
    assert [edit.text for edit in moved.edits] == without


@pytest.mark.parametrize(
    "text",
    [
        "x, y = x[order], y[order]\n",
        "x = x[order]\ny = y[order]\n",
        "train, test = x[:80], x[80:]\n",
        "x, y = np.roll(x, 1), np.roll(y, 1)\n",
        "action = policy.sample()\n",
        SPLIT + "a, b, c, d = train_test_split(x, y, random_state=1)\n",
        SPLIT + "a, b = train_test_split(x, random_state=1)\nc, d = train_test_split(y, random_state=1)\n",
    ],
)
def test_what_moves_both_sides_or_parts_one_is_left_alone(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text)
    assert moved_alone(str(script)) == []


def test_the_experiment_without_the_line_is_the_proof(doctor):
    verdict, _ = doctor("""\
import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x = x[order]
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    for rows in torch.randperm(len(x)).split(32):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
""")
    first = verdict.findings[0]
    assert (first.fault, first.line) == ("data/labels-misaligned", 9)
    assert first.proof is not None
