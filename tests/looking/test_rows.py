"""Rows of the requirements that no other test of a look shows, each by its number."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import vitreous as vt

from .networks import LABELS, floats

PLACES = np.array([-3.0, -1.0, -0.5, 0.25, 1.0, 4.0])
NORMAL = torch.distributions.Normal(0, 1)


def bell(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def below(x):
    return NORMAL.cdf(torch.tensor(x)).numpy()


def logistic(x):
    return 1 / (1 + np.exp(-x))


# Row: the function, its values and its slopes as textbooks have them.
ACTIVATIONS = {
    "A8 ReLU": (nn.ReLU(), lambda x: np.maximum(0, x), lambda x: 1.0 * (x > 0)),
    "A9 sigmoid": (nn.Sigmoid(), logistic, lambda x: logistic(x) * (1 - logistic(x))),
    "A11 tanh": (nn.Tanh(), np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "A12 leaky ReLU": (nn.LeakyReLU(0.01), lambda x: np.maximum(0.01 * x, x), lambda x: np.where(x > 0, 1, 0.01)),
    "A13 GELU": (nn.GELU(), lambda x: x * below(x), lambda x: below(x) + x * bell(x)),
    "A14 SiLU": (nn.SiLU(), lambda x: x * logistic(x), lambda x: logistic(x) * (1 + x * (1 - logistic(x)))),
}  # fmt: skip


@pytest.mark.parametrize("row", ACTIVATIONS)
def test_rows_A8_to_A14_an_activations_values_and_slopes_are_shown(row):
    """A8, A9, A11, A12, A13, A14: every value, and on the way back every local slope."""
    module, value, slope = ACTIVATIONS[row]
    trace = vt.look(module, torch.tensor(PLACES), loss=lambda y: y.sum())
    step = trace.steps[0]
    assert step.by_hand
    assert step.output == pytest.approx(value(PLACES), abs=1e-12)
    assert step.inputs[0].gradient == pytest.approx(slope(PLACES), abs=1e-12)
    for place in range(len(PLACES)):
        opened = step.open_gradient("input", (place,))
        assert opened.value == pytest.approx(slope(PLACES)[place], abs=1e-12)


@pytest.mark.parametrize(("row", "module", "least"), [("A13", nn.GELU(), -0.170), ("A14", nn.SiLU(), -0.278)])
def test_rows_A13_and_A14_the_least_value_is_the_one_published(row, module, least):
    x = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    assert vt.look(module, x).steps[0].output.min() == pytest.approx(least, abs=5e-4)


def test_row_A7_layers_without_an_activation_are_one_linear_map():
    model = nn.Sequential(nn.Linear(4, 6, bias=False), nn.Linear(6, 3, bias=False))
    trace = vt.look(model, floats(5, 4))
    first, second = (trace.parameters[name].array for name in ("0.weight", "1.weight"))
    assert trace.steps[1].output == pytest.approx(floats(5, 4).numpy() @ (second @ first).T, abs=1e-5)


def test_row_B10_the_first_lines_of_every_tutorial():
    """tensor([1, 2, 3]) @ randn(3, 2) + zeros(2), each number opened."""

    class Lines(nn.Module):
        def forward(self, x):
            return x @ torch.randn(3, 2) + torch.zeros(2)

    trace = vt.look(Lines(), torch.tensor([1.0, 2.0, 3.0]))
    step = next(s for s in trace.steps if "matmul" in s.operation)
    opened = step.open((1,))
    assert [term.factors[0] for term in opened.terms] == [1, 2, 3]
    assert opened.value == pytest.approx(float(step.output[1]), rel=1e-6)
    assert trace.explained == 1


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A network of two layers, its trace and its page."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 5))
    trace = vt.look(model, floats(4, 6), LABELS)
    path = tmp_path_factory.mktemp("rows") / "page.html"
    trace.write_html(path)
    return model, trace, path.read_text(encoding="utf-8")


def test_rows_D7_and_K2_every_layers_gradient_is_autograds(shown):
    """D7: dL/dO, dL/dH and dL/dW; K2: of every layer, in the page too."""
    model, trace, page = shown
    x, outputs = floats(4, 6), []
    for layer in model:
        x = layer(x)
        x.retain_grad()
        outputs.append(x)
    nn.functional.cross_entropy(x, LABELS).backward()
    steps = [s for s in trace.steps if s.module in ("0", "1", "2")]
    for step, output in zip(steps, outputs, strict=True):
        assert step.gradient == pytest.approx(output.grad.numpy(), abs=1e-6)
        assert f"‖δ‖ = {float(output.grad.norm()):.4g}"[:10] in page
    for name, parameter in model.named_parameters():
        assert trace.gradients[name] == pytest.approx(parameter.grad.numpy(), abs=1e-6)


def test_rows_D2_and_D10_the_graph_of_operations_has_values_gradients_and_their_product(shown):
    """Each edge of the graph is a value with its gradient; the local derivative times what came in gives it."""
    _, trace, page = shown
    for step, after in pairwise(trace.steps):
        value = step.outputs[0]
        assert after in value.consumers
        assert value.array.shape == value.gradient.shape
    relu = trace.steps[1]
    assert relu.inputs[0].gradient == pytest.approx(relu.gradient * (relu.output > 0))
    for step in trace.steps:
        assert f'href="#step-{step.number}"' in page, "every box of the drawing leads to its numbers"


def test_row_D12_what_is_kept_for_the_way_back_is_counted_by_layer(shown):
    _, trace, _ = shown
    for name, width in (("0", 4), ("1", 4), ("2", 5)):
        assert trace.structure[name].output_bytes == 4 * width * 4  # examples, units, bytes
    assert trace.structure.activation_bytes >= sum(trace.structure[name].output_bytes for name in "012")


def test_row_K10_a_pool_opens_to_the_place_it_chose():
    x = torch.tensor([[[[1.0, 2.0, 0.0, 0.0], [9.0, 3.0, 0.0, 5.0]]]])
    step = vt.look(nn.MaxPool2d(2), x).steps[0]
    opened = step.open((0, 0, 0, 0))
    assert opened.how == "chosen"
    chosen = [term for term in opened.terms if term.value == opened.value]
    assert [term.value for term in chosen] == [9]
    assert "1, 0" in chosen[0].text, chosen[0].text
    assert step.inputs[0].gradient[0, 0].tolist() == [[0, 0, 0, 0], [1, 0, 0, 0]], (
        "only the chosen one learns"
    )


def test_row_B14_both_ways_to_flatten_are_known():
    for flat in (nn.Flatten(), Viewed()):
        trace = vt.look(nn.Sequential(flat, nn.Linear(784, 2)), floats(3, 1, 28, 28))
        assert trace.explained == 1
        assert trace.steps[0].output.shape == (3, 784)
        assert "another shape" in trace.steps[0].formula


class Viewed(nn.Module):
    def forward(self, x):
        return x.view(-1, 784)
