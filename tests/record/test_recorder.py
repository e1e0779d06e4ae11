"""What is recorded against the same numbers by hand, and that the model is left as it was."""

import io
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vitreous.data.types import InputSpec, Task
from vitreous.models import build
from vitreous.record.measures import (
    activation_mean,
    activation_std,
    gradient_norm,
    saturated_fraction,
    update_norm,
    weight_norm,
    zero_fraction,
)
from vitreous.record.recorder import Recorder, all_measures
from vitreous.record.schedule import Schedule


def hooks(model):
    return sum(
        len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks) for m in model.modules()
    )


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))


def step(model, recorder, optimizer, x, y, number=0):
    recorder.begin(number)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    recorder.gradients()
    optimizer.step()
    recorder.end(epoch=0, loss=loss.detach(), learning_rate=0.1, gradient_norm=torch.tensor(1.5))


def lines(sink):
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_one_step_equals_the_numbers_by_hand():
    model, sink = network(), io.StringIO()
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    recorder = Recorder(model, Schedule(1), sink)
    step(model, recorder, torch.optim.SGD(model.parameters(), lr=0.1), x, y, number=3)
    recorder.flush()

    # The same step once more: activations in NumPy, gradients by autograd.
    w = {name: p.clone().requires_grad_() for name, p in before.items()}
    z1 = x @ w["0.weight"].T + w["0.bias"]
    a1 = z1.clamp(min=0)
    z2 = a1 @ w["2.weight"].T + w["2.bias"]
    a2 = torch.tanh(z2)
    z3 = a2 @ w["4.weight"].T + w["4.bias"]
    loss = F.cross_entropy(z3, y)
    loss.backward()

    (line,) = lines(sink)
    assert line["step"] == 3
    assert line["epoch"] == 0
    assert line["learning_rate"] == 0.1
    assert line["gradient_norm"] == 1.5
    assert line["loss"] == pytest.approx(loss.item())
    assert list(line["layers"]) == ["0", "1", "2", "3", "4"]
    for name, activation in zip("01234", (z1, a1, z2, a2, z3), strict=True):
        values = activation.detach().numpy()
        assert line["layers"][name]["activation_mean"] == pytest.approx(values.mean(), rel=1e-4, abs=1e-6)
        assert line["layers"][name]["activation_std"] == pytest.approx(values.std(), rel=1e-4)
    assert line["layers"]["1"]["zero_fraction"] == pytest.approx((a1 == 0).float().mean().item(), abs=1e-5)
    assert line["layers"]["3"]["saturated_fraction"] == (a2.abs() > 0.99).float().mean().item()
    for name in "024":
        both = [w[f"{name}.weight"], w[f"{name}.bias"]]
        norm = np.sqrt(sum((p.grad**2).sum().item() for p in both))
        size = np.sqrt(sum((p**2).sum().item() for p in both))
        layer = line["layers"][name]
        assert layer["kind"] == "Linear"
        assert layer["gradient_norm"] == pytest.approx(norm, rel=1e-4)
        assert layer["weight_norm"] == pytest.approx(size, rel=1e-4)
        assert layer["update_norm"] == pytest.approx(0.1 * norm, rel=1e-3)
        assert layer["update_ratio"] == pytest.approx(0.1 * norm / size, rel=1e-3)
    assert "gradient_norm" not in line["layers"]["1"]


def test_measures_of_values_known_beforehand():
    values = torch.tensor([[3.0, 0.0], [0.0, -4.0]])
    assert activation_mean.measure(values) == -0.25
    assert activation_std.measure(values).item() == pytest.approx(np.std(values.numpy()))
    assert zero_fraction.measure(values) == 0.5
    for norm in (gradient_norm, weight_norm, update_norm):
        assert norm.measure(values.flatten()) == 5
    assert saturated_fraction.measure(torch.tensor([-0.995, -0.5, 0.0, 0.995])) == 0.5
    assert saturated_fraction.measure(torch.tensor([0.005, 0.5, 0.6, 0.995])) == 0.5


def test_every_measure_says_what_it_sees_and_its_unit_and_gives_one_number():
    measures = all_measures()
    assert len({m.name for m in measures}) == len(measures) >= 7
    for measure in measures:
        assert measure.sees in ("activation", "gradient", "weight", "update")
        assert measure.unit
        assert measure.measure(torch.randn(5, 3)).ndim == 0


@pytest.mark.parametrize(
    ("every", "due"),
    [(1, list(range(2001))), (7, list(range(0, 2001, 7))),
     (0, [*range(10), *range(10, 100, 10), *range(100, 1000, 100), 1000, 1500, 2000])],
)  # fmt: skip
def test_schedule(every, due):
    assert [step for step in range(2001) if Schedule(every).due(step)] == due


def test_only_due_steps_are_recorded_and_the_rest_run_untouched():
    model, sink = network(), io.StringIO()
    recorder, optimizer = Recorder(model, Schedule(3), sink), torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    for number in range(7):
        recorder.begin(number)
        assert (hooks(model) > 0) == (number % 3 == 0)
        recorder.close()
        step(model, recorder, optimizer, x, y, number)
        assert hooks(model) == 0
    recorder.flush()
    assert [line["step"] for line in lines(sink)] == [0, 3, 6]


@pytest.mark.parametrize("fails", ["forward", "loss", "backward"])
def test_no_hook_survives_an_exception(fails):
    model = network()
    recorder = Recorder(model, Schedule(1), io.StringIO())
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with pytest.raises((RuntimeError, IndexError)):
        try:
            recorder.begin(0)
            outputs = model(x[:, :3] if fails == "forward" else x)
            loss = F.cross_entropy(outputs, y + 9 if fails == "loss" else y)
            (loss.detach() if fails == "backward" else loss).backward()
        finally:
            recorder.close()
    assert hooks(model) == 0
    assert not recorder.active


def test_without_a_place_to_write_nothing_is_hooked():
    model = network()
    recorder = Recorder(model, Schedule(1), None)
    recorder.begin(0)
    assert hooks(model) == 0
    assert not recorder.active


def test_what_is_no_number_is_written_as_text():
    model, sink = network(), io.StringIO()
    recorder = Recorder(model, Schedule(1), sink)
    x = torch.full((8, 4), float("inf"))
    step(model, recorder, torch.optim.SGD(model.parameters(), lr=0.1), x, torch.zeros(8, dtype=torch.int64))
    recorder.flush()
    strict = json.loads(sink.getvalue(), parse_constant=pytest.fail)
    assert strict["loss"] == "nan"


def test_steps_are_written_once_enough_are_pending_and_at_a_flush():
    model, sink = network(), io.StringIO()
    recorder, optimizer = Recorder(model, Schedule(1), sink), torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    for number in range(Recorder.BATCH + 1):
        step(model, recorder, optimizer, x, y, number)
    assert len(lines(sink)) == Recorder.BATCH
    recorder.flush()
    assert len(lines(sink)) == Recorder.BATCH + 1


def test_frozen_layers_have_activations_but_no_gradient():
    model, sink = network(), io.StringIO()
    model[0].requires_grad_(False)
    recorder = Recorder(model, Schedule(1), sink)
    step(
        model, recorder, torch.optim.SGD(model.parameters(), lr=0.1), torch.randn(8, 4), torch.zeros(8).long()
    )
    recorder.flush()
    layer = lines(sink)[0]["layers"]["0"]
    assert "activation_std" in layer
    assert "gradient_norm" not in layer


IMAGE, TOKENS = InputSpec("image", (3, 32, 32)), InputSpec("tokens", (8,), vocabulary=11)
ZOO = [
    ("resnet18", IMAGE, Task("multiclass", 3)),
    ("vit", IMAGE, Task("multiclass", 3)),
    ("lstm", TOKENS, Task("multiclass", 3)),
    ("transformer", TOKENS, Task("multiclass", 3)),
    ("gru", InputSpec("sequence", (8, 2)), Task("multiclass", 3)),
]


@pytest.mark.parametrize(("name", "input", "task"), ZOO)
def test_every_parameter_of_a_network_belongs_to_a_recorded_layer(name, input, task):
    model, sink = build(name, input, task, {}), io.StringIO()
    recorder = Recorder(model, Schedule(1), sink)
    x = torch.randint(1, 11, (4, 8)) if input.kind == "tokens" else torch.randn(4, *input.shape)
    step(model, recorder, torch.optim.SGD(model.parameters(), lr=0.1), x, torch.tensor([0, 1, 2, 0]))
    recorder.flush()
    layers = lines(sink)[0]["layers"]
    total = sum((p.grad**2).sum().item() for p in model.parameters() if p.grad is not None)
    recorded = sum(layer["gradient_norm"] ** 2 for layer in layers.values() if "gradient_norm" in layer)
    assert recorded == pytest.approx(total, rel=1e-3)
    assert hooks(model) == 0
