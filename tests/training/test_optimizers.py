"""Every optimizer against its formula in NumPy, over several steps; and which parameters get which rate."""

import numpy as np
import pytest
import torch
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.models import build
from vitreous.training.optimizers import make_optimizer
from vitreous.training.recipe import OptimizerRecipe

STEPS = 6


def train(recipe, start, gradients):
    """The weights behind each step, by our optimizer."""
    model = nn.Linear(len(start), 1, bias=False).double()
    with torch.no_grad():
        model.weight.copy_(torch.tensor(start)[None])
    optimizer = make_optimizer(model, OptimizerRecipe(**recipe))
    seen = []
    for gradient in gradients:
        optimizer.zero_grad()
        model.weight.grad = torch.tensor(gradient)[None]
        optimizer.step()
        seen.append(model.weight.detach().numpy()[0].copy())
    return seen


def sgd(w, gradients, lr, decay, momentum=0.0, nesterov=False):
    velocity = None
    for g in gradients:
        g = g + decay * w
        if momentum:
            velocity = g if velocity is None else momentum * velocity + g
            g = g + momentum * velocity if nesterov else velocity
        w = w - lr * g
        yield w


def rmsprop(w, gradients, lr, decay, momentum):
    square, velocity = np.zeros_like(w), np.zeros_like(w)
    for g in gradients:
        g = g + decay * w
        square = 0.99 * square + 0.01 * g**2
        velocity = momentum * velocity + g / (np.sqrt(square) + 1e-8)
        w = w - lr * velocity
        yield w


def adam(w, gradients, lr, decay, betas, decoupled):
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        if decoupled:
            w = w * (1 - lr * decay)
        else:
            g = g + decay * w
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
        w = w - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + 1e-8)
        yield w


CASES = [
    ({"name": "sgd", "momentum": 0.0}, sgd, {}),
    ({"name": "sgd"}, sgd, {"momentum": 0.9}),
    ({"name": "sgd", "nesterov": True}, sgd, {"momentum": 0.9, "nesterov": True}),
    ({"name": "sgd", "nesterov": True, "momentum": 0.0}, sgd, {}),
    ({"name": "rmsprop"}, rmsprop, {"momentum": 0.9}),
    ({"name": "rmsprop", "momentum": 0.0}, rmsprop, {"momentum": 0.0}),
    ({"name": "adam"}, adam, {"betas": (0.9, 0.999), "decoupled": False}),
    ({"name": "adamw"}, adam, {"betas": (0.9, 0.999), "decoupled": True}),
    ({"name": "adamw", "betas": (0.8, 0.9)}, adam, {"betas": (0.8, 0.9), "decoupled": True}),
]


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize(("recipe", "formula", "options"), CASES)
def test_optimizer_equals_its_formula_at_every_step(recipe, formula, options, decay):
    generator = np.random.default_rng(0)
    start, gradients = generator.normal(size=5), generator.normal(size=(STEPS, 5))
    found = train({"lr": 0.05, "weight_decay": decay, **recipe}, start, gradients)
    expected = formula(start, gradients, 0.05, decay, **options)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_without_layer_decay_there_is_one_rate():
    optimizer = make_optimizer(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), OptimizerRecipe(lr=0.5))
    assert [group["lr"] for group in optimizer.param_groups] == [0.5]


def test_layer_decay_slows_each_stage_nearer_the_input():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1))
    optimizer = make_optimizer(model, OptimizerRecipe(lr=0.4, layer_decay=0.5))
    rate_of = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert [rate_of[id(model[i].weight)] for i in (0, 2, 4)] == pytest.approx([0.1, 0.2, 0.4])


IMAGE, TOKENS = InputSpec("image", (3, 32, 32)), InputSpec("tokens", (8,), vocabulary=11)
NETWORKS = [
    ("mlp", InputSpec("features", (4,)), Task("multiclass", 3)),
    ("linear", InputSpec("features", (4,)), Task("regression", 1)),
    ("cnn", IMAGE, Task("multiclass", 3)),
    ("resnet18", IMAGE, Task("multiclass", 3)),
    ("vit", IMAGE, Task("multiclass", 3)),
    ("lstm", TOKENS, Task("binary", 1)),
    ("transformer", TOKENS, Task("multiclass", 3)),
    ("transformer", TOKENS, Task("next-token", 11)),
    ("autoencoder", InputSpec("features", (4,)), Task("reconstruction", 4)),
]


@pytest.mark.parametrize(("name", "input", "task"), NETWORKS)
def test_layer_decay_reaches_every_parameter_of_a_network_once(name, input, task):
    model = build(name, input, task, {})
    optimizer = make_optimizer(model, OptimizerRecipe(layer_decay=0.8))
    given = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(given) == sorted(id(p) for p in model.parameters())
