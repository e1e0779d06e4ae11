"""The checks before training: what they find, and that they leave no trace."""

import math

import pytest
import torch
from torch import nn

from vitreous.data.examples import TensorExamples
from vitreous.data.types import Data, InputSpec, Task
from vitreous.errors import DataError, ModelError
from vitreous.models import build
from vitreous.training import checks, find_lr, threads
from vitreous.training.losses import make_loss
from vitreous.training.recipe import Recipe, TrainRecipe

TASK = Task("multiclass", 3)


def made(model=None, task=TASK, rows=40, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 5, generator=generator)
    y = x[:, :3].argmax(1) if task is TASK else x[:, :1]
    torch.manual_seed(seed)
    model = model or nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, task.outputs))
    data = Data("toy", task, InputSpec("features", (5,)), TensorExamples(x, y), None, None, None)
    return model, data, (x, y)


def found(model, data, batch, recipe=None, task=TASK):
    recipe = recipe or TrainRecipe()
    loss = make_loss(task, recipe)
    outputs = checks.trial(model, batch, data)
    return {c.name: c for c in checks.before_training(model, batch, outputs, loss, data, recipe)}


class Untouched:
    """Fails when weights, mode, gradients or random states are not as before."""

    def __init__(self, model):
        self.model = model

    def state(self):
        return [
            *(tensor.clone() for tensor in self.model.state_dict().values()),
            torch.get_rng_state(),
            torch.tensor([m.training for m in self.model.modules()]),
            torch.tensor([p.grad is None for p in self.model.parameters()]),
            torch.tensor([torch.get_num_threads()]),
        ]

    def __enter__(self):
        self.before = self.state()

    def __exit__(self, *_):
        assert all(torch.equal(a, b) for a, b in zip(self.before, self.state(), strict=True))


def test_a_sound_network_passes_all():
    passed = found(*made())
    assert list(passed) == ["shapes", "initial loss", "gradients", "one batch"]
    assert all(check.passed for check in passed.values()), passed
    assert passed["shapes"].text == "40×5 → 40×3, 147 parameters"
    assert passed["gradients"].text == "reach 4 of 4 parameter tensors"


def test_checks_change_neither_weights_nor_random_states():
    model = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 3))
    model, data, batch = made(model)
    model[1].eval()
    with Untouched(model):
        found(model, data, batch)
        checks.layer_table(model, batch[0])


def test_a_bad_start_is_seen_in_the_first_loss():
    model, data, batch = made()
    with torch.no_grad():
        model[3].weight *= 100
    check = found(model, data, batch)["initial loss"]
    assert not check.passed
    assert f"expected ln 3 = {math.log(3):.3g}" in check.text


def test_a_loss_far_below_what_guessing_costs_is_seen_too():
    model, data, batch = made()
    model = nn.Sequential(nn.Linear(5, 3, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(50 * torch.eye(3, 5))
    assert not found(model, data, batch)["initial loss"].passed


def test_a_parameter_that_is_not_used_is_named():
    class Forgetful(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.lonely = nn.Linear(5, 3), nn.Linear(5, 3)

        def forward(self, x):
            return self.used(x)

    check = found(*made(Forgetful()))["gradients"]
    assert not check.passed
    assert "lonely.weight" in check.text
    assert "lonely.bias" in check.text
    assert "used.weight" not in check.text


def test_a_graph_that_was_cut_is_flagged():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(5, 4), nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.first(x).detach())

    check = found(*made(Cut()))["gradients"]
    assert not check.passed
    assert "first.weight" in check.text


def test_a_network_that_cannot_learn_one_batch_is_flagged(monkeypatch):
    monkeypatch.setattr("vitreous.training.checks.OVERFIT_SECONDS", 60)  # on a busy machine too

    class Blind(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(5, 3)

        def forward(self, x):
            return self.head(torch.zeros_like(x))

    check = found(*made(Blind()))["one batch"]
    assert not check.passed
    assert "too little capacity, or a fault" in check.text


def test_frozen_parameters_are_counted_apart():
    model, data, batch = made()
    model[0].requires_grad_(False)
    check = found(model, data, batch, TrainRecipe(freeze="0"))["gradients"]
    assert check.passed
    assert check.text == "reach 2 of 2 parameter tensors; 2 frozen"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_in_the_first_batch_is_named_by_its_place(value):
    x = torch.zeros(4, 2, 3)
    x[2, 1, 0] = value
    with pytest.raises(DataError) as caught:
        checks.finite((x, torch.zeros(4)))
    assert "example 2" in caught.value.where
    assert "[1, 0]" in caught.value.where


def test_whole_numbers_and_several_inputs_are_looked_at_too():
    checks.finite((torch.ones(3, 2, dtype=torch.int64), torch.zeros(3)))
    with pytest.raises(DataError):
        checks.finite(((torch.ones(3), torch.tensor([math.nan])), torch.zeros(3)))


def test_a_network_that_raises_is_told_with_the_shape_it_was_given():
    model, data, batch = made(nn.Linear(7, 3))
    with pytest.raises(ModelError) as caught:
        checks.trial(model, batch, data)
    assert "40×5" in caught.value.message
    assert caught.value.where == "Linear"


@pytest.mark.parametrize(("outputs", "said"), [(4, "40×4"), (1, "40×1")])
def test_the_wrong_number_of_outputs_is_told_with_the_right_one(outputs, said):
    model, data, batch = made(nn.Linear(5, outputs))
    with pytest.raises(ModelError) as caught:
        checks.trial(model, batch, data)
    assert said in caught.value.message
    assert "expected 40×3" in caught.value.message
    assert "3 outputs" in caught.value.hint


IMAGE, TOKENS = InputSpec("image", (3, 32, 32)), InputSpec("tokens", (8,), vocabulary=11)
ZOO = [
    ("mlp", InputSpec("features", (5,)), TASK), ("cnn", IMAGE, TASK), ("resnet18", IMAGE, TASK), ("vit", IMAGE, TASK),
    ("lstm", TOKENS, TASK), ("transformer", TOKENS, TASK), ("gru", InputSpec("sequence", (8, 2)), TASK),
]  # fmt: skip


@pytest.mark.parametrize(("name", "input", "task"), ZOO)
def test_the_layer_table_has_every_parameter_and_its_sum_spelled_out(name, input, task):
    model = build(name, input, task, {})
    x = torch.randint(1, 11, (4, 8)) if input.kind == "tokens" else torch.randn(4, *input.shape)
    rows = checks.layer_table(model, x)
    assert sum(row["parameters"] for row in rows) == sum(p.numel() for p in model.parameters())
    for row in rows:
        terms = [math.prod(int(n) for n in term.split("·")) for term in row["sum"].split(" + ") if term]
        assert sum(terms) == row["parameters"]
    assert not any(module._forward_hooks for module in model.modules())


def test_G12_the_layer_table_shows_where_an_image_is_flattened():
    model = build("mlp", InputSpec("image", (1, 28, 28)), Task("multiclass", 10), {})
    flat = checks.layer_table(model, torch.zeros(2, 1, 28, 28))[0]
    assert (flat["input_shape"], flat["output_shape"]) == ([2, 1, 28, 28], [2, 784])


def resolved(**settings):
    return Recipe.from_settings({"train.batch_size": 8, "train.seed": 0}, settings)


def test_E5_the_range_test_finds_a_rate_between_too_small_and_too_large():
    model, data, _ = made()
    result = find_lr.range_test(model, data, resolved(), make_loss(TASK, TrainRecipe()), torch.device("cpu"))
    assert result["lr"] == sorted(result["lr"])
    assert result["lr"][0] == pytest.approx(1e-6)
    assert len(result["lr"]) == len(result["loss"]) <= 100
    assert 1e-4 < result["suggested"] < 1
    assert result["suggested"] in result["lr"]


def test_the_range_test_leaves_no_trace():
    model, data, _ = made()
    with Untouched(model):
        find_lr.range_test(model, data, resolved(), make_loss(TASK, TrainRecipe()), torch.device("cpu"))


def test_the_range_test_stops_where_the_loss_explodes():
    model, data, _ = made(nn.Linear(5, 1), Task("regression", 1))
    recipe = resolved(**{"optimizer.name": "sgd"})
    result = find_lr.range_test(model, data, recipe, make_loss(data.task, recipe.train), torch.device("cpu"))
    assert len(result["lr"]) <= 100
    assert all(math.isfinite(value) for value in result["loss"])
    losses = result["loss"]
    assert all(loss <= 4 * min(losses[: i + 1]) for i, loss in enumerate(losses))


def test_the_range_test_takes_batch_norm_with_a_last_batch_of_one():
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    model, data, _ = made(model, rows=41)
    result = find_lr.range_test(model, data, resolved(), make_loss(TASK, TrainRecipe()), torch.device("cpu"))
    assert result["suggested"] > 0


@pytest.fixture
def cores(monkeypatch):
    def pretend(count):
        monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(count)), raising=False)

    return pretend


def clock(monkeypatch, milliseconds, first=None):
    """A machine on which a step takes so long on so many threads."""
    calls = []

    def pretend(call):
        calls.append(torch.get_num_threads())
        return (
            first if first is not None and len(calls) == 1 else milliseconds[torch.get_num_threads()] / 1000
        )

    monkeypatch.setattr(threads, "_clock", pretend)
    return calls


def measured(seed=0):
    model, _, batch = made(seed=seed)
    with Untouched(model):
        return threads.measure(model, batch, make_loss(TASK, TrainRecipe()))


def test_one_core_needs_no_measurement(cores, monkeypatch):
    cores(1)
    calls = clock(monkeypatch, {})
    assert measured() == (1, "one core")
    assert not calls


@pytest.mark.parametrize(
    ("milliseconds", "best"),
    [
        ({1: 10, 2: 6, 4: 4}, 4),
        ({1: 10, 2: 6, 4: 9}, 2),
        ({1: 1, 2: 2, 4: 4}, 1),
        ({1: 10, 2: 9.5, 4: 9.2}, 1),
    ],
)
def test_as_many_threads_as_are_clearly_faster(cores, monkeypatch, milliseconds, best):
    cores(4)
    clock(monkeypatch, milliseconds)
    number, why = measured()
    assert number == best
    assert why.startswith(f"a step on 1: {milliseconds[1]:.2f} ms")


@pytest.mark.parametrize("seconds", [0.7, 1.9, 30.0])
def test_a_step_that_takes_long_gets_every_core(cores, monkeypatch, seconds):
    cores(4)
    calls = clock(monkeypatch, {}, first=seconds)
    assert measured()[0] == 4
    assert len(calls) == 1


def test_the_outcome_is_remembered_for_this_network(cores, monkeypatch):
    cores(4)
    clock(monkeypatch, {1: 10, 2: 6, 4: 4})
    assert measured()[0] == 4
    calls = clock(monkeypatch, {})
    assert measured() == (4, "measured earlier for this network")
    assert not calls


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"x": "many"}', "\x00"])
def test_a_memory_that_was_spoiled_means_measuring_again(cores, monkeypatch, content):
    path = threads._memory_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    cores(2)
    clock(monkeypatch, {1: 10, 2: 6})
    assert measured()[0] == 2


def test_a_home_that_cannot_be_written_only_means_measuring_again(cores, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    cores(2)
    clock(monkeypatch, {1: 10, 2: 6})
    assert measured()[0] == 2


def test_the_number_of_threads_comes_back_after_a_failure(cores):
    cores(2)
    model, _, batch = made()
    before = torch.get_num_threads()

    def fails(outputs, targets):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        threads.measure(model, batch, fails)
    assert torch.get_num_threads() == before
