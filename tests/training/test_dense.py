"""Backpropagation written out gives what autograd gives, to the last bit."""

import pytest
import torch
from torch import nn

from vitreous.data.types import Task
from vitreous.training import dense, optimizers
from vitreous.training.losses import make_loss
from vitreous.training.recipe import OptimizerRecipe, TrainRecipe

MULTICLASS = Task("multiclass", 5, classes=tuple("abcde"))


def network(activation=nn.ReLU, outputs=5):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(12, 9), activation()),
        nn.Sequential(nn.Linear(9, 7), activation()),
        nn.Linear(7, outputs),
    )


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh])
@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.1}, {"loss": "focal"}])
@pytest.mark.parametrize("size", [1, 8, 33])
def test_gradients_are_autograds(activation, settings, size):
    model, loss = network(activation), make_loss(MULTICLASS, TrainRecipe(**settings))
    x, y = torch.randn(size, 3, 4), torch.randint(0, 5, (size,))
    expected = loss(model(x), y)
    expected.backward()
    gradients = [p.grad.clone() for p in model.parameters()]
    stack = dense.DenseStack.of(model)
    for _ in range(2):  # the second time in the same buffers
        outputs, value = stack.step(x, y, loss)
    assert torch.equal(outputs, model(x)) and torch.equal(value, expected)
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True))
    assert stack.gradient.square().sum() == pytest.approx(float(sum(g.square().sum() for g in gradients)))


def test_other_losses():
    model, loss = network(outputs=1), make_loss(Task("regression", 1), TrainRecipe())
    x, y = torch.randn(8, 12), torch.randn(8, 1)
    loss(model(x), y).backward()
    gradients = [p.grad.clone() for p in model.parameters()]
    dense.DenseStack.of(model).step(x, y, loss)
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True))


def test_class_weights_that_come_later():
    model, loss = network(), make_loss(MULTICLASS, TrainRecipe())
    stack, x, y = dense.DenseStack.of(model), torch.randn(8, 12), torch.arange(8) % 5
    loss.weights = torch.arange(1.0, 6.0)
    assert torch.equal(stack.step(x, y, loss)[1], loss(model(x), y))


def _tied():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    return model


def _same_layer_twice():
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.ReLU(), layer)


def _listened_to():
    model = network()
    model[1][0].register_forward_hook(lambda *_: None)
    return model


class Doubled(nn.Sequential):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    "model",
    [
        _tied(), _same_layer_twice(), _listened_to(), Doubled(nn.Linear(4, 2)), nn.Linear(4, 2, bias=False),
        nn.Sequential(nn.Linear(4, 2), nn.ReLU()), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)),
        nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 2)), nn.Sequential(nn.Flatten(0), nn.Linear(4, 2)),
        nn.Linear(4, 2).double(), nn.Linear(4, 2).requires_grad_(False), nn.Sequential(),
        nn.utils.parametrizations.weight_norm(nn.Linear(4, 2)),
    ],
    ids=lambda model: str(model).replace("\n", "")[:40],
)  # fmt: skip
def test_anything_else_goes_autograds_way(model):
    assert dense.DenseStack.of(model) is None


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_without_its_checks_is_adam(name):
    ours, theirs = network(), network()
    recipe = OptimizerRecipe(name=name, lr=0.01, weight_decay=0.1)
    one, other = optimizers.make_optimizer(ours, recipe), optimizers.make_optimizer(theirs, recipe)
    update = None
    for step in range(5):
        one.param_groups[0]["lr"] = other.param_groups[0]["lr"] = 0.01 * (step + 1)
        for model in (ours, theirs):
            for number, p in enumerate(model.parameters()):
                torch.manual_seed(10 * step + number)
                p.grad = torch.randn_like(p) if p.grad is None else p.grad.copy_(torch.randn_like(p))
        other.step()
        update() if update else one.step()
        update = update or optimizers.adam_on_the_same_tensors(one)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
    assert one.state_dict()["state"][0]["step"] == 5
