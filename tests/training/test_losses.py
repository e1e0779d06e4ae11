"""Every loss against its formula written out in NumPy, value and gradient."""

import math

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import nn

from vitreous.data.types import Task
from vitreous.errors import RecipeError
from vitreous.training.losses import expected_initial_loss, make_loss
from vitreous.training.recipe import TrainRecipe

REGRESSION = Task("regression", 3)
BINARY = Task("binary", 1)
LABELS = Task("multilabel", 3)
CLASSES = Task("multiclass", 4)


def numbers(*shape, seed=0, scale=1.0):
    return np.random.default_rng(seed).normal(scale=scale, size=shape)


def class_numbers(count, classes, seed=1):
    return np.random.default_rng(seed).integers(0, classes, count)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def value(task, recipe, outputs, targets, counts=()):
    loss = make_loss(task, TrainRecipe(**recipe), counts)
    return loss(torch.as_tensor(outputs), torch.as_tensor(targets))


def gradient_by_differences(function, x, step=1e-6):
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        gradient[place] = (function(up) - function(down)) / (2 * step)
    return gradient


def huber(outputs, targets):
    error = np.abs(outputs - targets)
    return np.where(error <= 1, 0.5 * error**2, error - 0.5).mean()


POINTWISE = {
    "auto": lambda o, t: ((o - t) ** 2).mean(),
    "mse": lambda o, t: ((o - t) ** 2).mean(),
    "mae": lambda o, t: np.abs(o - t).mean(),
    "huber": huber,
}


@pytest.mark.parametrize("name", POINTWISE)
def test_losses_of_numbers_equal_their_formulas(name):
    outputs, targets = numbers(6, 3, scale=2), numbers(6, 3, seed=1)
    expected = POINTWISE[name](outputs, targets)
    assert value(REGRESSION, {"loss": name}, outputs, targets).item() == pytest.approx(expected, rel=1e-12)


def binary(logits, targets, smoothing=0.0, gamma=None, weights=(1.0, 1.0)):
    p, y = sigmoid(logits), targets * (1 - smoothing) + 0.5 * smoothing
    each = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    if gamma is not None:
        each = each * (1 - np.where(targets == 1, p, 1 - p)) ** gamma
    return (each * np.where(targets == 1, weights[1], weights[0])).mean()


def categorical(logits, targets, smoothing=0.0, gamma=None):
    p = softmax(logits)
    y = np.eye(p.shape[1])[targets] * (1 - smoothing) + smoothing / p.shape[1]
    each = -(y * np.log(p)).sum(1)
    if gamma is not None:
        each = each * (1 - p[np.arange(len(p)), targets]) ** gamma
    return each.mean()


VARIANTS = [
    ({}, {}),
    ({"label_smoothing": 0.1}, {"smoothing": 0.1}),
    ({"loss": "focal"}, {"gamma": 2.0}),
    ({"loss": "focal", "focal_gamma": 0.5}, {"gamma": 0.5}),
    ({"loss": "focal", "focal_gamma": 0.0}, {}),
    ({"loss": "focal", "label_smoothing": 0.2}, {"gamma": 2.0, "smoothing": 0.2}),
]


@pytest.mark.parametrize(("recipe", "options"), VARIANTS)
def test_binary_cross_entropy_value_and_gradient(recipe, options):
    logits, targets = numbers(7, scale=2), class_numbers(7, 2).astype(float)
    given = torch.tensor(logits[:, None], requires_grad=True)
    loss = make_loss(BINARY, TrainRecipe(**recipe))(given, torch.tensor(targets))
    loss.backward()
    assert loss.item() == pytest.approx(binary(logits, targets, **options), rel=1e-9)
    expected = gradient_by_differences(lambda z: binary(z, targets, **options), logits)
    np.testing.assert_allclose(given.grad.numpy()[:, 0], expected, atol=1e-7)


@pytest.mark.parametrize(("recipe", "options"), VARIANTS)
def test_categorical_cross_entropy_value_and_gradient(recipe, options):
    logits, targets = numbers(7, 4, scale=2), class_numbers(7, 4)
    given = torch.tensor(logits, requires_grad=True)
    loss = make_loss(CLASSES, TrainRecipe(**recipe))(given, torch.tensor(targets))
    loss.backward()
    assert loss.item() == pytest.approx(categorical(logits, targets, **options), rel=1e-9)
    expected = gradient_by_differences(lambda z: categorical(z, targets, **options), logits)
    np.testing.assert_allclose(given.grad.numpy(), expected, atol=1e-7)


@pytest.mark.parametrize(("recipe", "options"), VARIANTS)
def test_one_hot_targets_give_what_class_numbers_give(recipe, options):
    logits, targets = numbers(7, 4, scale=2), class_numbers(7, 4)
    found = value(CLASSES, recipe, logits, np.eye(4)[targets]).item()
    assert found == pytest.approx(categorical(logits, targets, **options), rel=1e-9)


@pytest.mark.parametrize(("recipe", "options"), VARIANTS)
def test_each_label_of_many_is_a_binary_question(recipe, options):
    logits, targets = numbers(5, 3), class_numbers((5, 3), 2).astype(float)
    expected = binary(logits, targets, **options)
    assert value(LABELS, recipe, logits, targets).item() == pytest.approx(expected, rel=1e-9)


def test_balanced_weights_are_those_of_scikit_learn():
    targets = np.repeat(np.arange(4), [10, 5, 3, 2])
    logits = numbers(20, 4)
    weights = compute_class_weight("balanced", classes=np.arange(4), y=targets)
    each = -np.log(softmax(logits)[np.arange(20), targets]) * weights[targets]
    found = value(CLASSES, {"class_weights": "balanced"}, logits, targets, (10, 5, 3, 2))
    assert found.item() == pytest.approx(each.sum() / weights[targets].sum(), rel=1e-6)


def test_balanced_weights_of_two_classes():
    targets = np.repeat([0.0, 1.0], [12, 4])
    weights = compute_class_weight("balanced", classes=np.arange(2), y=targets)
    logits = numbers(16)
    found = value(BINARY, {"class_weights": "balanced"}, logits[:, None], targets, (12, 4))
    assert found.item() == pytest.approx(binary(logits, targets, weights=weights), rel=1e-6)


def test_focal_without_focus_is_cross_entropy_with_class_weights_too():
    targets, logits = np.repeat(np.arange(4), [4, 3, 2, 1]), numbers(10, 4)
    plain = value(CLASSES, {"class_weights": "balanced"}, logits, targets, (30, 5, 3, 2))
    focal = {"class_weights": "balanced", "loss": "focal", "focal_gamma": 0.0}
    assert value(CLASSES, focal, logits, targets, (30, 5, 3, 2)).item() == pytest.approx(
        plain.item(), rel=1e-6
    )


def test_padding_is_left_out_of_the_mean():
    logits, targets = numbers(2, 3, 4), class_numbers((2, 3), 4)
    targets[0, 2] = targets[1, 1] = -100
    kept = targets.ravel() >= 0
    for recipe, options in VARIANTS:
        expected = categorical(logits.reshape(6, 4)[kept], targets.ravel()[kept], **options)
        assert value(Task("tagging", 4), recipe, logits, targets).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("size", [100.0, 1000.0])
@pytest.mark.parametrize("recipe", [recipe for recipe, _ in VARIANTS])
def test_huge_logits_give_finite_losses_and_gradients(size, recipe):
    for task, targets in ((BINARY, [0.0, 1.0, 0.0, 1.0]), (CLASSES, [0, 1, 0, 1])):
        first = torch.tensor([size, size, -size, -size])
        logits = first[:, None] if task is BINARY else torch.stack([-first, first, first * 0, first * 0], 1)
        logits = logits.clone().requires_grad_()
        loss = make_loss(task, TrainRecipe(**recipe))(logits, torch.tensor(targets))
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(logits.grad).all(), (task.kind, recipe)


@pytest.mark.parametrize(
    ("task", "name"),
    [(REGRESSION, "cross-entropy"), (REGRESSION, "focal"), (BINARY, "mse"), (CLASSES, "huber")],
)
def test_a_loss_of_the_other_family_is_refused(task, name):
    with pytest.raises(RecipeError, match=name):
        make_loss(task, TrainRecipe(loss=name))


def test_a_network_may_bring_its_own_loss():
    class Own(nn.Module):
        def loss(self, outputs, targets):
            return outputs.sum() * 0 + 7

    assert make_loss(REGRESSION, TrainRecipe(), (), Own())(torch.ones(1), torch.ones(1)) == 7
    asked = make_loss(REGRESSION, TrainRecipe(loss="mae"), (), Own())
    assert asked(torch.ones(1), torch.zeros(1)) == 1


def test_what_a_network_that_knows_nothing_costs():
    assert expected_initial_loss(BINARY, TrainRecipe())[0] == math.log(2)
    assert expected_initial_loss(Task("multiclass", 10), TrainRecipe())[0] == pytest.approx(
        2.302585, abs=1e-6
    )
    assert expected_initial_loss(REGRESSION, TrainRecipe())[0] == 1.0
    assert expected_initial_loss(BINARY, TrainRecipe(loss="focal")) is None
