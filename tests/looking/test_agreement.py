"""Every operation agrees with torch over random shapes and options: forward and gradient to 1e-6 in float64.

VITREOUS_EXAMPLES sets how many calls of each are drawn; `python -m bench look_agreement` draws 2,000.
"""

import os
from math import prod

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torch import nn

import vitreous as vt
from vitreous.errors import UsageError
from vitreous.looking.operation import all_operations

from .calls import CALLS

EXAMPLES = int(os.environ.get("VITREOUS_EXAMPLES", "15"))


class Calling(nn.Module):
    """One call as a network: its tensors are parameters."""

    def __init__(self, function, tensors):
        super().__init__()
        self.function = function
        self.tensors = nn.ParameterList([nn.Parameter(t) for t in tensors])

    def forward(self, x):
        out = self.function(*self.tensors)
        return (out * torch.linspace(0.5, 1.5, out.numel(), dtype=out.dtype).reshape(out.shape)).sum() * x


def look_at_one(name, data):
    function, tensors = CALLS[name](data.draw)
    torch.manual_seed(0)
    return vt.look(Calling(function, tensors), torch.ones(1, dtype=torch.float64))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_it_agrees_with_torch(name):
    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
    @hypothesis.given(st.data())
    def agree(data):
        trace = look_at_one(name, data)
        found = [(s, s.note, s.error_forward, s.error_backward) for s in trace.unexplained]
        assert not found, found
        assert max(trace.largest_errors) <= 1e-6

    agree()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_an_element_can_be_opened_to_what_it_is_made_of(name):
    @hypothesis.settings(max_examples=max(3, EXAMPLES // 5), deadline=None, database=None, derandomize=True)
    @hypothesis.given(st.data())
    def opens(data):
        for step in look_at_one(name, data).steps:
            if not step.computes or not step.output.size:
                continue
            flat = data.draw(st.integers(0, prod(step.output.shape) - 1))
            index = (
                tuple(int(i) for i in np.unravel_index(flat, step.output.shape)) if step.output.ndim else ()
            )
            opened = step.open(index)
            assert opened.value == pytest.approx(float(step.output[index]), rel=1e-6, abs=1e-9)
            if opened.how == "sum":
                assert sum(t.value for t in opened.terms) == pytest.approx(opened.value, rel=1e-6, abs=1e-9)
            if opened.how == "chosen":
                assert any(t.value == pytest.approx(opened.value) for t in opened.terms)

    opens()


def test_every_operation_says_what_it_is_and_is_found_by_listing():
    known = all_operations()
    assert len(known) > 300
    for name, kind in known.items():
        assert kind.title, name
        assert kind.formula, name
        assert kind.derivative, name
        assert "Source" in (__import__(kind.__module__, fromlist=["x"]).__doc__ or ""), (
            name,
            kind.__module__,
        )


GRADIENTS = {
    "linear weight": (nn.Linear(4, 3), (5, 4), "weight", (1, 2), 5),
    "linear input": (nn.Linear(4, 3), (5, 4), "input", (2, 1), 3),
    "linear bias": (nn.Linear(4, 3), (5, 4), "bias", (1,), 5),
    "convolution weight": (nn.Conv2d(2, 3, 3, padding=1), (2, 2, 5, 5), "weight", (1, 0, 2, 2), 2 * 16),
    "convolution input": (nn.Conv2d(2, 3, 3), (1, 2, 4, 4), "input", (0, 1, 1, 1), 12),
    "relu": (nn.ReLU(), (3, 4), "input", (1, 1), 1),
    "softmax": (nn.Softmax(1), (2, 4), "input", (1, 2), 4),
    "layer norm": (nn.LayerNorm(4), (2, 4), "input", (1, 2), 4),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_rows_D2_and_D3_a_gradient_opens_to_the_paths_it_is_summed_from(name):
    module, shape, argument, index, count = GRADIENTS[name]
    torch.manual_seed(0)
    trace = vt.look(module.double(), torch.randn(*shape, dtype=torch.float64), loss=lambda y: (y**3).sum())
    step = trace.steps[0]
    value = step.call.arguments[argument]
    opened = step.open_gradient(argument, index)
    assert opened.value == pytest.approx(float(value.gradient[index]), rel=1e-9)
    assert sum(t.value for t in opened.terms) == pytest.approx(opened.value)
    assert len(opened.terms) == count


def test_an_index_outside_and_an_unknown_name_are_said():
    step = vt.look(nn.Linear(4, 3), torch.ones(2, 4)).steps[0]
    with pytest.raises(UsageError, match=r"expected an index into shape \[2, 3\]"):
        step.open((2, 0))
    with pytest.raises(UsageError, match="no tensor input 'gamma'"):
        step.open_gradient("gamma", 0)
