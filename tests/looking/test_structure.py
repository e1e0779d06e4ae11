"""The architecture as a table: shapes, parameters with their sum, memory, multiply-adds; without allocating weights."""

import time
from itertools import pairwise

import pytest
import torch
from torch import nn

import vitreous as vt
from vitreous import models
from vitreous.data.types import InputSpec, Task

from .networks import Branching, floats

TEN = Task("multiclass", 10)


def dense(*sizes):
    layers = [layer for i, o in pairwise(sizes) for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


COUNTS = {  # row: network, parameters
    "B1": (dense(784, 128, 10), 101_770),
    "B2": (dense(784, 128, 64, 10), 109_386),
    "B3": (dense(784, 256, 128, 64, 10), 242_762),
    "B4": (dense(784, 256, 128, 10), 235_146),
    "B5": (dense(4, 32, 16, 3), 739),
    "B6": (dense(10, 64, 32, 2), 2_850),
    "B6 small": (dense(3, 16, 2), 98),
    "J10": (None, 86_567_656),
}


@pytest.mark.parametrize("row", COUNTS)
def test_rows_B1_to_B6_and_J10_the_parameters_are_counted_exactly(row):
    model, wanted = COUNTS[row]
    if model is None:
        with torch.device("meta"):
            model = models.build("vit_b_16", InputSpec("image", (3, 224, 224)), Task("multiclass", 1000), {})
    assert vt.structure(model).parameters == wanted


def test_the_sum_is_written_out():
    structure = vt.structure(dense(784, 128, 10), floats(2, 784))
    first = structure["0"]
    assert first.sum == "784·128 + 128 = 100,480"
    assert (first.inputs, first.outputs) == (((2, 784),), ((2, 128),))
    assert first.multiply_adds == 2 * 784 * 128
    assert first.share == pytest.approx(100_480 / 101_770)
    assert structure.parameter_bytes == 4 * 101_770
    assert structure.edges[:2] == (("x", "0"), ("0", "1"))


def test_row_B7_every_shape_of_the_tutorial_network_is_shown():
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(3136, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    structure = vt.structure(net, floats(1, 1, 28, 28))
    shapes = [layer.outputs[0][1:] for layer in structure.layers[1:]]
    assert shapes == [
        (32, 28, 28),
        (32, 28, 28),
        (32, 14, 14),
        (64, 14, 14),
        (64, 14, 14),
        (64, 7, 7),
        (3136,),
        (128,),
        (128,),
        (10,),
    ]
    assert structure.parameters == 421_642
    assert structure["0"].sum == "3·3·1·32 + 32 = 320"


def test_row_G13_a_convolution_shares_its_weights_over_all_places():
    convolution, layer = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(3 * 32 * 32, 8 * 32 * 32)
    assert vt.structure(convolution).parameters == 224
    assert vt.structure(layer).parameters == 25_174_016


def test_multiply_adds_are_those_of_the_literature():
    with torch.device("meta"):
        resnet = models.build("resnet18", InputSpec("image", (3, 224, 224)), Task("multiclass", 1000), {})
    structure = vt.structure(resnet, torch.empty(1, 3, 224, 224, device="meta"))
    assert structure.multiply_adds == pytest.approx(1.81e9, rel=0.01)  # He et al. 2015, table 1
    assert structure.parameters == 11_689_512


def test_shared_layers_count_once_and_say_how_often_they_ran():
    structure = vt.structure(Branching(), floats(4, 6))
    assert structure["shared"].calls == 2
    assert structure.parameters == 42 + 35


def test_seven_billion_parameters_are_counted_without_memory():
    """A decoder of LLaMA's size, on the meta device."""
    width, layers, vocabulary = 4096, 32, 32_000

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
            self.gate, self.up = (nn.Linear(width, 11008, bias=False) for _ in range(2))
            self.down = nn.Linear(11008, width, bias=False)

        def forward(self, x):
            q, k, v = (
                t.unflatten(-1, (32, -1)).transpose(1, 2) for t in self.qkv(self.norm1(x)).chunk(3, -1)
            )
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).flatten(2))
            y = self.norm2(x)
            return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))

    with torch.device("meta"):
        model = nn.Sequential(
            nn.Embedding(vocabulary, width), *[Block() for _ in range(layers)], nn.Linear(width, vocabulary)
        )
        tokens = torch.zeros(1, 128, dtype=torch.long)
    start = time.process_time()
    structure = vt.structure(model, tokens)
    assert time.process_time() - start < 10
    assert structure.parameters == pytest.approx(6.74e9, rel=0.01)
    assert all(p.device.type == "meta" for p in model.parameters())
    assert structure.layers[-1].outputs == ((1, 128, vocabulary),)


def test_a_model_without_an_input_still_has_its_table():
    structure = vt.structure(nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2)))
    assert structure["0"].sum == "made at the first call"
    assert structure["1"].sum == "3·2 + 2 = 8"
    assert structure["1"].inputs == ()
