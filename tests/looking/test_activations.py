"""Rows A15 and A20: the table of activations is up to date, and what it says of each is so in torch."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vitreous.looking.activation import activations, measure

ROOT = Path(__file__).parents[2]
MEASURED = {name: measure(kind) for name, kind in activations().items()}
TORCH = {name: getattr(F, name, None) for name in MEASURED} | {
    "log_sigmoid": F.logsigmoid, "softmax": lambda x: torch.stack([x, torch.zeros_like(x)]).softmax(0)[0],
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)), "softshrink": F.softshrink,
}  # fmt: skip


def slopes(name, x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    TORCH[name](x).sum().backward()
    return x.grad.numpy()


def within(interval, many=50):
    """Places inside of an interval, as far out as sums come."""
    low, high = np.clip(interval, -30, 30)
    return np.linspace(low, high, many + 2)[1:-1]


def table():
    """The page's rows by activation: range, dead, saturated, steepest, use."""
    text = (ROOT / "docs" / "activations.md").read_text(encoding="utf-8")
    rows = [
        re.split(r" (?<!\\)\| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[2:] for row in rows}


def test_row_A15_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    page = ROOT / "docs" / "activations.md"
    written = page.read_text(encoding="utf-8")
    assert generate.fill(written, generate.PARTS["docs/activations.md"]) == written
    assert set(table()) == set(MEASURED)


def test_row_A15_every_activation_that_networks_of_ours_take_is_there():
    from typing import get_args

    from vitreous.models.activations import Activation

    assert {name.replace("-", "_") for name in get_args(Activation)} <= {*MEASURED, "identity"}
    assert {"relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh", "softmax", "elu", "softplus"} <= set(
        MEASURED
    )


@pytest.mark.parametrize("name", MEASURED)
def test_row_A15_ranges_and_flat_places_are_torchs(name):
    found = MEASURED[name]
    x = np.random.default_rng(0).uniform(-12, 12, 4000)
    y = TORCH[name](torch.tensor(x)).numpy()
    assert y.min() >= found.low - 1e-9
    assert y.max() <= found.high + 1e-9
    far = TORCH[name](torch.tensor([-1e5, 1e5], dtype=torch.float64)).numpy()
    for end, reached in zip((found.low, found.high), found.reaches, strict=True):
        if np.isinf(end):
            assert np.abs(far).max() > 500
        else:
            gap = np.abs(y - end).min()
            assert gap < 0.02, "the end is as near as one likes"
            assert (
                np.abs(TORCH[name](torch.tensor(np.linspace(-8, 8, 32_001))).numpy() - end).min() < 1e-12
            ) == reached
    for interval in found.dead:
        assert (slopes(name, within(interval)) == 0).all()
    for interval in found.saturated:
        inside = np.abs(slopes(name, within(interval)))
        assert (inside < 0.01).all()
        assert inside.max() > 0, "else it were dead"
    covered = np.zeros_like(x, bool)
    for low, high in (*found.dead, *found.saturated):
        covered |= (x >= low - 1e-3) & (x <= high + 1e-3)
    other = np.abs(slopes(name, x[~covered]))
    assert (other < 0.01).mean() < 0.01, "nowhere else is it flat but at a turning point"
    assert np.abs(slopes(name, x)).max() == pytest.approx(found.steepest, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "low", "high", "dead", "saturated"),
    [
        ("relu", "[0", "∞)", "x < 0", "nowhere"),
        ("sigmoid", "(0", "1)", "nowhere", "x < −4.6, x > 4.6"),
        ("tanh", "(−1", "1)", "nowhere", "x < −3, x > 3"),
        ("leaky_relu", "(−∞", "∞)", "nowhere", "nowhere"),
        ("gelu", "[−0.17", "∞)", "nowhere", "x < −3.1"),
        ("silu", "[−0.278", "∞)", "nowhere", "x < −6.3"),
    ],
)
def test_row_A15_the_textbooks_table_is_reproduced(name, low, high, dead, saturated):
    assert table()[name][:3] == [f"{low}, {high}", dead, saturated]


@pytest.mark.parametrize(
    ("name", "said"),
    [("relu", "between the layers"), ("sigmoid", "two classes"), ("softmax", "one of several classes"),
     ("gelu", "transformers"), ("tanh", "recurrent")],
)  # fmt: skip
def test_row_A20_when_to_use_which_is_said(name, said):
    assert said in table()[name][4]


def test_row_A15_a_dead_unit_gets_no_gradient_and_a_leaky_one_does():
    """What the column means: with every sum below zero nothing of the layer in front can learn."""
    for activation, learns in ((nn.ReLU(), False), (nn.LeakyReLU(), True), (nn.GELU(), True)):
        layer = nn.Linear(3, 1)
        with torch.no_grad():
            layer.weight.fill_(0.1)
            layer.bias.fill_(-1.0)
        activation(layer(torch.rand(20, 3))).sum().backward()
        assert bool(layer.weight.grad.any()) == learns
