"""What a trace says: rows of the requirements, updates, the way back, JSON, the terminal; bad input, said plainly."""

import io
import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

import vitreous as vt
from vitreous.errors import ModelError, UsageError
from vitreous.looking.flow import flow

from .networks import LABELS, floats


def mlp(*sizes, bend=nn.ReLU):
    torch.manual_seed(0)
    layers = [layer for i, o in pairwise(sizes) for layer in (nn.Linear(i, o), bend())]
    return nn.Sequential(*layers[:-1])


def test_rows_A1_and_B9_a_neuron_is_opened_to_its_sum():
    model = mlp(3, 2)
    trace = vt.look(model, floats(1, 3))
    opened = trace.steps[0].open((0, 1))
    z = model(floats(1, 3))[0, 1].item()
    assert [len(t.factors) for t in opened.terms] == [2, 2, 2, 1]
    assert sum(t.value for t in opened.terms) == pytest.approx(z, abs=1e-6)
    assert opened.value == pytest.approx(z, abs=1e-6)


def test_row_A10_softmax_of_large_numbers_is_opened_without_overflow():
    trace = vt.look(nn.Softmax(1), torch.tensor([[1000.0, 1001.0]]))
    assert trace.steps[0].by_hand
    assert trace.steps[0].open((0, 1)).value == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-5)


@pytest.mark.parametrize(
    ("probability", "cost"), [(0.9, 0.105), (0.1, 2.303)], ids=["90% right", "10% right"]
)
def test_rows_C2_C3_and_C6_the_loss_is_opened_to_the_example(probability, cost):
    trace = vt.look(nn.Identity(), torch.tensor([[probability, 1 - probability]]).log(), torch.tensor([0]))
    loss = next(s for s in trace.steps if s.operation == "cross_entropy_loss")
    assert loss.by_hand
    assert round(loss.open().value, 3) == cost
    binary = vt.look(
        nn.Identity(),
        torch.tensor([[probability]]),
        torch.tensor([[1.0]]),
        loss=nn.functional.binary_cross_entropy,
    )
    assert round(binary.steps[-1].open().value, 3) == cost
    assert binary.explained == 1


def test_row_C7_off_by_ten_costs_a_hundred_times():
    far, near = (vt.look(nn.Identity(), torch.tensor([[x]]), torch.tensor([[0.0]])) for x in (10.0, 1.0))
    assert far.loss / near.loss == 100
    assert far.differentiated == "mean squared error"


def test_row_D5_the_gradient_of_a_parabola():
    class Parabola(nn.Module):
        def forward(self, x):
            return x**2 + 2 * x + 1

    trace = vt.look(Parabola(), torch.tensor([3.0]))
    assert trace.inputs["x"].gradient.tolist() == [8.0]
    assert trace.explained == 1


def test_row_D3_the_gradients_of_two_layers_are_outer_products():
    trace = vt.look(mlp(3, 4, 2), floats(1, 3), torch.tensor([1]))
    steps = {s.module: s for s in trace.steps if s.module != "loss"}
    delta2, a1 = steps["2"].gradient, steps["1"].output
    assert trace.gradients["2.weight"] == pytest.approx(np.outer(delta2, a1), abs=1e-6)
    W2, z1, x = trace.parameters["2.weight"].array, steps["0"].output, trace.inputs["x"].array
    delta1 = (W2.T @ delta2[0]) * (z1[0] > 0)
    assert trace.gradients["0.weight"] == pytest.approx(np.outer(delta1, x), abs=1e-6)


def test_row_D6_a_weight_nudged_moves_the_loss_as_its_gradient_says():
    model = mlp(3, 4, 2).double()
    x, y, nudge = floats(5, 3).double(), torch.tensor([0, 1, 1, 0, 1]), 1e-6
    gradient = vt.look(model, x, y).gradients["0.weight"][1, 2]
    losses = []
    for sign in (1, -1):
        with torch.no_grad():
            model[0].weight[1, 2] += sign * nudge
            losses.append(nn.functional.cross_entropy(model(x), y).item())
            model[0].weight[1, 2] -= sign * nudge
    assert (losses[0] - losses[1]) / (2 * nudge) == pytest.approx(gradient, rel=1e-5)


def test_rows_D9_and_K6_where_the_gradient_vanishes_the_layer_and_the_reason_are_named():
    model = mlp(6, 8, 8, 5, bend=nn.Sigmoid)
    with torch.no_grad():
        model[2].weight.mul_(200)
    found = {f.module: f for f in flow(vt.look(model, floats(4, 6), LABELS).steps)}
    assert found["3"].factor < 0.1
    assert "saturated" in found["3"].why
    assert found["4"].module == "4"


def test_rows_A16_and_K6_dead_units_stop_the_gradient_and_it_is_said():
    model = mlp(6, 8, 5)
    with torch.no_grad():
        model[0].bias.fill_(-100)
    found = {f.module: f for f in flow(vt.look(model, floats(4, 6), LABELS).steps)}
    assert "dead" in found["1"].why


def test_row_D11_parameters_that_no_gradient_reaches_are_listed():
    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(6, 5), nn.Linear(6, 5)

        def forward(self, x):
            return self.used(x)

    assert vt.look(Unused(), floats(4, 6), LABELS).without_gradient == ["unused.weight", "unused.bias"]


def test_row_I1_dropouts_mask_is_shown_and_scales_by_what_it_keeps():
    trace = vt.look(nn.Dropout(0.3).train(), torch.ones(100, 100))
    step = trace.steps[0]
    assert step.by_hand
    assert set(np.unique(step.output.round(4))) == {0, np.float32(1.4286)}
    assert step.output.mean() == pytest.approx(1, abs=0.05)


def test_row_I3_batch_norm_gives_mean_zero_and_variance_one():
    step = vt.look(nn.BatchNorm1d(6).train(), floats(50, 6) * 3 + 5).steps
    out = next(s for s in step if s.operation == "batch_norm").output
    assert out.mean(0) == pytest.approx(0, abs=1e-5)
    assert out.var(0) == pytest.approx(1, abs=1e-3)


OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    "nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {"lr": 1e-3, "weight_decay": 0.01}),
    "adamw": (torch.optim.AdamW, {"lr": 1e-3}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_rows_D1_E1_and_K11_what_a_step_would_change_is_what_it_changes(name):
    kind, options = OPTIMIZERS[name]
    model, x = mlp(6, 8, 5).double(), floats(4, 6).double()
    optimizer = kind(model.parameters(), **options)
    for _ in range(3):  # with moments of steps before
        before = {n: p.detach().numpy().copy() for n, p in model.named_parameters()}
        update = vt.look(model, x, LABELS).update(optimizer)
        assert all(np.array_equal(p.detach().numpy(), before[n]) for n, p in model.named_parameters())
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), LABELS).backward()
        optimizer.step()
        for n, p in model.named_parameters():
            np.testing.assert_allclose(update[n].after, p.detach().numpy(), rtol=1e-7, atol=1e-12)


def test_an_optimizer_by_name_and_a_wrong_one():
    trace = vt.look(mlp(6, 5), floats(4, 6), LABELS)
    assert trace.update("sgd", lr=0.5)["0.weight"].change == pytest.approx(-0.5 * trace.gradients["0.weight"])
    with pytest.raises(UsageError, match="there is no optimizer 'adamm'"):
        trace.update("adamm")
    with pytest.raises(UsageError, match="no setting 'rate'"):
        trace.update("sgd", rate=1)


def test_row_B20_the_terminal_and_a_notebook_show_it():
    trace = vt.look(mlp(784, 128, 10), floats(2, 784), torch.tensor([3, 4]))
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(trace)
    text = console.export_text()
    for piece in (
        "784·128 + 128 = 100,480",
        "y = x Wᵀ + b",
        "100.0% of them by hand",
        "cross-entropy",
        "way back",
    ):
        assert piece in text
    assert "<script" not in trace._repr_html_()
    assert "784·128" in trace._repr_html_()
    assert repr(trace) == "Trace(Sequential, 4 steps, 100.0% explained)"


def printed(shown, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(shown)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal_and_brackets_stay_what_they_are(width):
    network = nn.Sequential()
    network.add_module("[red]a_layer_with_a_name[/red]", nn.Conv2d(1, 2, 3))
    trace = vt.look(network, floats(1, 1, 5, 5))
    text = printed(trace, width)
    assert max(map(len, text.splitlines())) <= width
    assert "[red]a_layer_with_a_name[/red]" in text
    assert "y[o, p] = b[o]" in text, "a formula's brackets are no markup"
    assert "3·3·1·2 + 2 = 20" in text, "and no sum is broken over lines"
    assert ("share" in text) == (width == 120)
    assert "20 parameters, 20 of them learn; 162 multiply-adds" in text
    assert "3·3·1·2 + 2 = 20" in printed(trace.structure, width)


def test_blocks_of_a_list_are_told_apart():
    class Blocks(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(nn.Linear(3, 3) for _ in range(2))

        def forward(self, x):
            for block in self.blocks:
                x = x + block(x)
            return x

    text = printed(vt.look(Blocks(), floats(2, 3)), 80)
    assert "blocks.0 " in text
    assert "blocks.1 " in text
    assert "y = a + b" in text, "a sum that nothing scales says so"
    assert "y = a + alpha·b" in printed(vt.look(Scaled(), floats(2, 3)), 80)


class Scaled(nn.Module):
    def forward(self, x):
        return torch.add(x, x, alpha=0.5)


def test_json_has_all_of_it_and_samples_what_is_large(tmp_path):
    trace = vt.look(mlp(784, 128, 10), floats(2, 784), torch.tensor([3, 4]))
    trace.write_json(tmp_path / "t.json", numbers=20)
    found = json.loads((tmp_path / "t.json").read_text())
    assert found["explained"] == 1
    assert len(found["steps"]) == len(trace.steps)
    weight = next(v for v in found["values"] if v["name"] == "0.weight")
    assert weight["numbers"]["count"] == 784 * 128
    assert len(weight["numbers"]["values"]) == len(weight["numbers"]["places"]) == 20
    assert weight["gradient"]["norm"] == pytest.approx(
        float(np.linalg.norm(trace.gradients["0.weight"])), rel=1e-5
    )
    small = next(v for v in found["values"] if v["name"] == "2.bias")
    assert small["numbers"]["places"] is None


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_a_network_that_raises_is_named_with_its_line():
    class Broken(nn.Module):
        def forward(self, x):
            raise ValueError("no weights today")

    with pytest.raises(ModelError, match="ValueError: no weights today") as caught:
        vt.look(nn.Sequential(nn.ReLU(), Broken()), floats(2, 3))
    assert "layer 1" in caught.value.where
    assert "test_trace.py" in caught.value.hint


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Linear(6, 5), (4, 7), r"\[\*, 6\]"),
        (nn.Conv2d(3, 5, 3), (4, 1, 8, 8), r"\[batch, 3, height, width\]"),
        (nn.LSTM(6, 5, batch_first=True), (4, 7, 5), r"\[batch, steps, 6\]"),
        (nn.BatchNorm1d(3), (4, 7), r"\[batch, 3, \*\]"),
    ],
    ids=["linear", "conv2d", "lstm", "batch norm"],
)
def test_an_input_of_the_wrong_shape_says_what_the_first_layer_expects(layer, shape, expected):
    with pytest.raises(ModelError) as caught:
        vt.look(nn.Sequential(layer), floats(*shape))
    assert caught.match(rf"The first layer expects {expected}")
    assert caught.match(rf"Came: x \[{', '.join(map(str, shape))}\] float32")


def test_lazily_made_parameters_are_made_in_a_copy():
    model = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(5))
    trace = vt.look(model, floats(4, 6), LABELS)
    assert trace.explained == 1
    assert trace.structure["0"].sum == "6·8 + 8 = 56"
    assert any("first call" in note for note in trace.notes)
    assert all(nn.parameter.is_lazy(p) for p in model.parameters())


def test_weights_on_the_meta_device_have_no_numbers():
    with torch.device("meta"):
        model = nn.Linear(6, 5)
    with pytest.raises(ModelError, match="meta device"):
        vt.look(model, floats(4, 6))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_network_on_another_device_is_looked_at_there():
    trace = vt.look(mlp(6, 8, 5).cuda(), floats(4, 6), LABELS)
    assert trace.explained == 1
    assert any("moved from cpu to cuda" in note for note in trace.notes)


def test_the_first_operation_that_made_a_nan_is_named():
    class LogOfZero(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(6, 5)

        def forward(self, x):
            return (torch.relu(self.linear(x)) * 0).log() * 2

    trace = vt.look(LogOfZero(), floats(4, 6), LABELS)
    assert trace.not_a_number.operation == "log"
    assert trace.to_json()["not_a_number"] == trace.not_a_number.number
    assert vt.look(mlp(6, 5), floats(4, 6)).not_a_number is None


def test_outputs_may_be_a_dataclass():
    @dataclass
    class Output:
        hidden: torch.Tensor
        logits: torch.Tensor

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(6, 5)

        def forward(self, x):
            return Output(x, self.linear(x))

    trace = vt.look(Network(), floats(4, 6), LABELS)
    assert trace.differentiated == "cross-entropy"
    assert set(trace.output) == {"hidden", "logits"}


def test_a_loss_that_does_not_suit_is_said():
    with pytest.raises(UsageError, match="suggest no loss"):
        vt.look(mlp(6, 5), floats(4, 6), torch.zeros(4, 3))
    with pytest.raises(UsageError, match="4 outputs and 3 targets"):
        vt.look(mlp(6, 5), floats(4, 6), torch.zeros(3, 3))
    with pytest.raises(UsageError, match="there is no loss 'mze'"):
        vt.look(mlp(6, 5), floats(4, 6), LABELS, loss="mze")
    with pytest.raises(ModelError, match="the loss could not be computed"):
        vt.look(mlp(6, 5), floats(4, 6), LABELS[:2], loss="cross-entropy")
    with pytest.raises(UsageError, match="there is no input"):
        vt.look(mlp(6, 5), None)
    with pytest.raises(UsageError, match=r"expected an nn\.Module; came a str"):
        vt.look("mlp", floats(1))


def test_nothing_that_can_learn_is_no_error():
    trace = vt.look(nn.Embedding(5, 3).requires_grad_(False), torch.tensor([1, 2]))
    assert trace.explained == 1
    assert any("no gradient goes back" in note for note in trace.notes)
    assert vt.look(mlp(6, 5), floats(4, 6), LABELS, gradients=False).gradients == {}


def test_half_precision_is_compared_at_its_own_precision():
    trace = vt.look(mlp(6, 8, 5).bfloat16(), floats(4, 6), LABELS)
    assert trace.explained == 1
