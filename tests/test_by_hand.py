"""The network by hand is right: against differences, against PyTorch weight for weight, and on the digits."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from vitreous import by_hand


def twin(network):
    """The same network in PyTorch, with the same weights."""
    layers = []
    for layer in network.layers:
        if isinstance(layer, by_hand.Dense):
            made = nn.Linear(layer.W_OI.shape[1], layer.W_OI.shape[0], dtype=torch.float64)
            with torch.no_grad():
                made.weight.copy_(torch.from_numpy(layer.W_OI))
                made.bias.copy_(torch.from_numpy(layer.b_O))
            layers.append(made)
        else:
            layers.append(nn.ReLU() if isinstance(layer, by_hand.ReLU) else nn.Sigmoid())
    return nn.Sequential(*layers)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    x = (x - x[:1300].mean()) / x[:1300].std()
    return x[:1300], y[:1300], x[1300:], y[1300:]


def test_row_A1_and_A19_a_neuron_is_a_weighted_sum_bent():
    value = by_hand.neuron([1.0, 2.0, -1.0], [0.5, 0.25, 1.0], 0.5, by_hand.relu)
    assert value == pytest.approx(max(0.0, 0.5 + 0.5 - 1.0 + 0.5))
    assert by_hand.neuron([3.0], [-1.0], 0.0, by_hand.relu) == 0


def test_row_A10_softmax_sums_to_one_and_does_not_overflow():
    p = by_hand.softmax(np.array([[1000.0, 1001.0], [0.0, 0.0]]))
    assert p.sum(1) == pytest.approx([1, 1])
    assert p[1] == pytest.approx([0.5, 0.5])


def test_row_A7_without_a_bend_the_stack_is_one_linear_map():
    network = by_hand.Network([5, 4, 3], bend=None, seed=1)
    x = np.random.default_rng(0).standard_normal((6, 5))
    first, second = network.dense
    assert network.forward(x) == pytest.approx(x @ (second.W_OI @ first.W_OI).T, abs=1e-12)


def test_row_C6_what_90_and_10_percent_right_cost():
    for probability, cost in ((0.9, 0.105), (0.1, 2.303)):
        loss, _ = by_hand.cross_entropy(np.log([[probability, 1 - probability]]), np.array([0]))
        assert round(loss, 3) == cost


def test_row_C7_off_by_ten_hurts_a_hundred_times():
    far, _ = by_hand.mean_squared_error(np.array([10.0]), np.array([0.0]))
    near, _ = by_hand.mean_squared_error(np.array([1.0]), np.array([0.0]))
    assert far / near == 100


@pytest.mark.parametrize("bend", [by_hand.ReLU, by_hand.Sigmoid])
def test_row_D4_and_D6_backward_agrees_with_nudging_every_weight(bend):
    network = by_hand.Network([4, 6, 3], bend=bend, seed=0)
    x = np.random.default_rng(1).standard_normal((5, 4))
    assert by_hand.gradient_check(network, x, np.array([0, 1, 2, 0, 1])) < 1e-8


def test_a_wrong_gradient_does_not_pass_the_check():
    network = by_hand.Network([4, 6, 3], seed=0)
    right = network.layers[1].backward
    network.layers[1].backward = lambda grad: right(grad) * 1.01
    x = np.random.default_rng(1).standard_normal((5, 4))
    assert by_hand.gradient_check(network, x, np.array([0, 1, 2, 0, 1])) > 1e-5


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_it_matches_pytorch_weight_for_weight_step_for_step(name, digits):
    """Rows B17, D3, E1: the same start, the same batches, the same weights after every one of 100 steps."""
    x, y, _, _ = digits
    network = by_hand.Network([64, 16, 10], seed=3)
    theirs = twin(network)
    ours = {
        "sgd": lambda w: by_hand.SGD(w, 0.1), "momentum": lambda w: by_hand.SGD(w, 0.05, 0.9), "adam": by_hand.Adam,
    }[name](network.parameters())  # fmt: skip
    optimizer = {
        "sgd": lambda w: torch.optim.SGD(w, 0.1), "momentum": lambda w: torch.optim.SGD(w, 0.05, 0.9),
        "adam": lambda w: torch.optim.Adam(w, 1e-3),
    }[name](theirs.parameters())  # fmt: skip
    random = np.random.default_rng(0)
    for _ in range(100):
        rows = random.integers(0, len(x), 32)
        _, grad = by_hand.cross_entropy(network.forward(x[rows]), y[rows])
        network.backward(grad)
        ours.step(network.gradients())
        optimizer.zero_grad()
        nn.functional.cross_entropy(theirs(torch.from_numpy(x[rows])), torch.from_numpy(y[rows])).backward()
        optimizer.step()
        for mine, parameter in zip(network.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(mine, parameter.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_row_B18_an_untrained_network_knows_nothing(digits):
    _, _, x, y = digits
    network = by_hand.Network([64, 32, 10], seed=0)
    network.dense[-1].W_OI *= 0.01
    loss, _ = by_hand.cross_entropy(network.forward(x), y)
    assert loss == pytest.approx(np.log(10), abs=0.05)


def test_it_learns_the_digits_by_itself(digits):
    x, y, test_x, test_y = digits
    network = by_hand.Network([64, 32, 10], seed=0)
    losses = by_hand.train(network, x, y, by_hand.Adam(network.parameters()), epochs=20)
    assert losses[-1] < losses[0] / 10
    assert (network.predict(test_x) == test_y).mean() > 0.9
