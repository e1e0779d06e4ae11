"""A neural network by hand: nothing but NumPy, nothing hidden. Read it from top to bottom.

    from vitreous.by_hand import Adam, Network, train

    network = Network([64, 32, 10], seed=0)          # 64 pixels, 32 hidden units, 10 digits
    train(network, images, labels, Adam(network.parameters(), rate=1e-3), epochs=20)
    network.predict(images)

One neuron comes first, then a layer of them, then layers on top of each other; forward, the loss, backward by the
chain rule, and the two optimizers that most networks are trained with. From the same start it takes the same steps as
PyTorch, weight for weight.

Shape suffixes: N examples, I inputs of a layer, O outputs of a layer, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def neuron(
    inputs: Sequence[float], weights: Sequence[float], bias: float, activation: Callable[[float], float]
) -> float:
    """One neuron: each input times its weight, all summed, plus the bias, then bent by the activation.

    >>> neuron([1.0, 2.0], [0.5, -0.25], 0.1, lambda z: max(0.0, z))
    0.1
    """
    z = sum(x * w for x, w in zip(inputs, weights, strict=True)) + bias
    return activation(z)


def relu(z: Any) -> Any:
    """Negative numbers become 0. Without such a bend, layers on layers would still be one straight line."""
    return np.maximum(z, 0)


def sigmoid(z: Any) -> Any:
    """Any number into (0, 1), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def softmax(logits_NC: Array) -> Array:
    """Numbers to probabilities that sum to 1 in each row.

    The largest of each row is subtracted first: that changes no probability, and e^1000 would overflow.
    """
    e_NC = np.exp(logits_NC - logits_NC.max(axis=1, keepdims=True))
    out: Array = e_NC / e_NC.sum(axis=1, keepdims=True)
    return out


class Layer(Protocol):
    """What a network is made of."""

    def forward(self, x: Array) -> Array:
        """From what comes in to what goes out; remembers what the way back needs."""

    def backward(self, grad: Array) -> Array:
        """From dL/d(out) to dL/d(in); a layer that learns keeps the gradients of its weights."""


class Dense:
    """O neurons that all see the same I inputs: z = x Wᵀ + b.

    Weights start at random with a spread of √(2 / I), so that numbers neither explode nor vanish from layer to layer
    (He et al. 2015, https://arxiv.org/abs/1502.01852); biases start at 0.

    Args:
        inputs: I.
        outputs: O.
        random: Draws the weights.
    """

    def __init__(self, inputs: int, outputs: int, random: np.random.Generator) -> None:
        self.W_OI: Array = random.standard_normal((outputs, inputs)) * np.sqrt(2 / inputs)
        self.b_O: Array = np.zeros(outputs)
        self.dW_OI, self.db_O = np.zeros_like(self.W_OI), np.zeros_like(self.b_O)
        self.x_NI: Array = np.empty((0, inputs))

    def forward(self, x_NI: Array) -> Array:
        """Every neuron's weighted sum."""
        self.x_NI = x_NI  # the way back needs it
        out: Array = x_NI @ self.W_OI.T + self.b_O
        return out

    def backward(self, grad_NO: Array) -> Array:
        """Forward went through Wᵀ, so the gradient comes back through W.

        A weight's gradient is what came back to its neuron times what went into it, summed over the examples.
        """
        self.dW_OI[...] = grad_NO.T @ self.x_NI
        self.db_O[...] = grad_NO.sum(axis=0)
        out: Array = grad_NO @ self.W_OI
        return out


class ReLU:
    """max(0, z) for each number."""

    def forward(self, z: Array) -> Array:
        """Bends."""
        self.on = z > 0
        out: Array = relu(z)
        return out

    def backward(self, grad: Array) -> Array:
        """The slope is 1 where the number passed, and 0 where it did not: a unit that is off learns nothing."""
        out: Array = grad * self.on
        return out


class Sigmoid:
    """1 / (1 + e⁻ᶻ) for each number."""

    def forward(self, z: Array) -> Array:
        """Bends."""
        out: Array = sigmoid(z)
        self.a = out
        return out

    def backward(self, grad: Array) -> Array:
        """The slope is a (1 − a): at most a quarter, and almost 0 where the unit is saturated."""
        out: Array = grad * self.a * (1 - self.a)
        return out


def cross_entropy(logits_NC: Array, labels_N: Array) -> tuple[float, Array]:
    """The mean surprise at the true classes, −ln p[label], and its gradient: probabilities less one-hot truth, over N.

    A network that knows nothing of C classes has ln C (2.303 for ten); 90% sure and right 0.105; 10% sure 2.303.
    """
    p_NC = softmax(logits_NC)
    rows = np.arange(len(labels_N))
    loss = float(-np.log(p_NC[rows, labels_N]).mean())
    grad_NC = p_NC.copy()
    grad_NC[rows, labels_N] -= 1
    return loss, grad_NC / len(labels_N)


def mean_squared_error(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Mean of (y − ŷ)², and its gradient: off by 10 costs a hundred times what off by 1 does."""
    difference = predictions - targets
    return float((difference**2).mean()), 2 * difference / difference.size


class Network:
    """Dense layers with a bend between them.

    Args:
        sizes: Inputs, the hidden layers' units, outputs: ``[64, 32, 10]``.
        bend: What stands between two dense layers. None leaves them out: the whole is then one linear map.
        seed: Of the weights.
    """

    def __init__(self, sizes: Sequence[int], bend: Callable[[], Layer] | None = ReLU, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.layers: list[Layer] = []
        for inputs, outputs in pairwise(sizes):
            if self.layers and bend is not None:
                self.layers.append(bend())
            self.layers.append(Dense(inputs, outputs, random))

    @property
    def dense(self) -> list[Dense]:
        """The layers that learn."""
        return [layer for layer in self.layers if isinstance(layer, Dense)]

    def parameters(self) -> list[Array]:
        """Every weight and bias, in order; optimizers write into them."""
        return [array for layer in self.dense for array in (layer.W_OI, layer.b_O)]

    def gradients(self) -> list[Array]:
        """What the loss changes by with each of them, after `backward`."""
        return [array for layer in self.dense for array in (layer.dW_OI, layer.db_O)]

    def forward(self, x: Array) -> Array:
        """Through all layers: the logits."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad: Array) -> Array:
        """Back through all layers, last first: the chain rule is nothing else."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def predict(self, x: Array) -> Array:
        """The likeliest class of each example."""
        out: Array = self.forward(x).argmax(axis=1)
        return out


class SGD:
    """w ← w − rate · gradient, or with momentum a ball that rolls: v ← μ v + gradient, w ← w − rate · v.

    Args:
        parameters: The arrays to write into.
        rate: How far to go; ten times too large and the loss climbs, ten times too small and it crawls.
        momentum: μ, what is kept of the speed; 0 is plain gradient descent.
    """

    def __init__(self, parameters: list[Array], rate: float = 0.1, momentum: float = 0.0) -> None:
        self.parameters, self.rate, self.momentum = parameters, rate, momentum
        self.speeds = [np.zeros_like(w) for w in parameters]

    def step(self, gradients: list[Array]) -> None:
        """One step downhill."""
        for w, v, gradient in zip(self.parameters, self.speeds, gradients, strict=True):
            v[...] = self.momentum * v + gradient
            w -= self.rate * v


class Adam:
    """Each weight at a pace of its own: the running mean of its gradient over the running size of it.

    m ← β₁ m + (1 − β₁) g and s ← β₂ s + (1 − β₂) g² start at 0 and are too small at first, so both are divided by
    1 − βᵗ; then w ← w − rate · m / (√s + ε). Kingma & Ba, https://arxiv.org/abs/1412.6980.

    Args:
        parameters: The arrays to write into.
        rate: About the largest step that a weight takes.
        betas: How long the gradient and its square are remembered.
        epsilon: Keeps a weight whose gradient is 0 from a division by 0.
    """

    def __init__(
        self, parameters: list[Array], rate: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:  # fmt: skip
        self.parameters, self.rate, self.betas, self.epsilon = parameters, rate, betas, epsilon
        self.first = [np.zeros_like(w) for w in parameters]
        self.second = [np.zeros_like(w) for w in parameters]
        self.steps = 0

    def step(self, gradients: list[Array]) -> None:
        """One step downhill."""
        self.steps += 1
        beta1, beta2 = self.betas
        for w, m, s, gradient in zip(self.parameters, self.first, self.second, gradients, strict=True):
            m[...] = beta1 * m + (1 - beta1) * gradient
            s[...] = beta2 * s + (1 - beta2) * gradient**2
            mean, square = m / (1 - beta1**self.steps), s / (1 - beta2**self.steps)
            w -= self.rate * mean / (np.sqrt(square) + self.epsilon)


def train(
    network: Network, x_NI: Array, labels_N: Array, optimizer: SGD | Adam, epochs: int, batch: int = 32, seed: int = 0
) -> list[float]:  # fmt: skip
    """Trains a classifier; returns the mean loss of each epoch.

    Args:
        network: Is written into.
        x_NI: One example a row, best with mean 0 and variance 1.
        labels_N: Class numbers from 0.
        optimizer: Over the network's parameters.
        epochs: Passes over all examples.
        batch: Examples a step.
        seed: Of the order.
    """
    random, history = np.random.default_rng(seed), []
    for _ in range(epochs):
        losses = []
        order = random.permutation(
            len(x_NI)
        )  # another order each time; the gradient of a few guesses that of all
        for rows in np.split(order, range(batch, len(order), batch)):
            loss, grad = cross_entropy(network.forward(x_NI[rows]), labels_N[rows])  # forward, and how wrong
            network.backward(grad)  # whose fault
            optimizer.step(network.gradients())  # a little better
            losses.append(loss)
        history.append(float(np.mean(losses)))
    return history


def gradient_check(network: Network, x_NI: Array, labels_N: Array, nudge: float = 1e-6) -> float:
    """Nudges every weight up and down and watches the loss: the largest difference from backward's gradients.

    Backward is right when this is tiny. It is how one finds a wrong sign; it is far too slow to train with.
    """
    _, grad = cross_entropy(network.forward(x_NI), labels_N)
    network.backward(grad)
    worst = 0.0
    for w, gradient in zip(network.parameters(), [g.copy() for g in network.gradients()], strict=True):
        for place in np.ndindex(w.shape):
            before = w[place]
            w[place] = before + nudge
            above, _ = cross_entropy(network.forward(x_NI), labels_N)
            w[place] = before - nudge
            below, _ = cross_entropy(network.forward(x_NI), labels_N)
            w[place] = before
            worst = max(worst, abs((above - below) / (2 * nudge) - float(gradient[place])))
    return worst
