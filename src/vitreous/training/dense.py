"""Backpropagation through a stack of dense layers, written out.

For a layer z = x Wᵀ + b with activation a = f(z), and the gradient δ = dL/dz that comes back:

    dL/dW = δᵀ x        dL/db = Σ over the batch of δ        dL/dx = δ W, then times f'(z) of the layer below

(Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", Nature 1986.)
Autograd does just this; on layers that take microseconds, half of its time goes into keeping its
books. Every product here is the one autograd would have made, so the weights come out equal to the
last bit, and a step that is recorded can take autograd's way. What is gained is in its place in `bench/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.ops import aten  # type: ignore[import-not-found]

from vitreous.data.types import IGNORED_TARGET
from vitreous.training.losses import CategoricalLoss, Loss

ONE = torch.ones(())
CACHE_LINE = 16  # numbers of 32 bits
MEAN = 1  # of ATen's kinds of reduction

# An activation [B, width] in place; the gradient before it from the one behind it and its output, in place.
Activation = tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]
ACTIVATIONS: dict[type[nn.Module], Activation] = {
    nn.ReLU: (torch.relu_, lambda d, a: aten.threshold_backward(d, a, 0, grad_input=d)),
    nn.Sigmoid: (torch.sigmoid_, lambda d, a: aten.sigmoid_backward(d, a, grad_input=d)),
    nn.Tanh: (torch.tanh_, lambda d, a: aten.tanh_backward(d, a, grad_input=d)),
}


class DenseStack:
    """Linear maps one behind the other, with a buffer for every number on the way.

    Args:
        layers: Each map with the activation that follows it; None behind the last.
    """

    def __init__(self, layers: list[tuple[nn.Linear, Activation | None]]) -> None:
        self.maps = [layer for layer, _ in layers]
        self.activations = [activation for _, activation in layers]
        self.weights = [layer.weight.detach() for layer in self.maps]
        self.biases = [layer.bias.detach() for layer in self.maps]
        parameters = [p.detach() for layer in self.maps for p in (layer.weight, layer.bias)]
        # All of them, one after the other; each begins where a cache line does, as PyTorch's own tensors,
        # because a product's last bit depends on that.
        lengths = [-(-p.numel() // CACHE_LINE) * CACHE_LINE for p in parameters]
        self.gradient = torch.zeros(sum(lengths))
        parts = self.gradient.split(lengths)
        self.gradients = [part[: p.numel()].view_as(p) for part, p in zip(parts, parameters, strict=True)]
        self._buffers: dict[int, list[Tensor]] = {}

    @classmethod
    def of(cls, model: nn.Module) -> DenseStack | None:
        """The network as such a stack; None where it is anything else, or somebody listens to its layers."""
        layers: list[tuple[nn.Linear, Activation | None]] = []
        for module in _parts(model):
            if _is_watched(module):
                return None
            if type(module) is nn.Linear and module.bias is not None:
                layers.append((module, None))
            elif type(module) in ACTIVATIONS and layers and layers[-1][1] is None:
                layers[-1] = (layers[-1][0], ACTIVATIONS[type(module)])
            elif not _only_flattens(module):
                return None
        parameters = list(model.parameters())  # each once, so that layers sharing one are found out
        plain = all(
            p.device.type == "cpu" and p.dtype == torch.float32 and p.requires_grad for p in parameters
        )
        stacked = len(parameters) == 2 * len(layers) > 0 and layers[-1][1] is None
        return cls(layers) if plain and stacked else None

    def step(self, x: Tensor, y: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
        """Forward and backward; ``gradient``, and every parameter's ``.grad``, is then this batch's.

        Args:
            x: Inputs [B, ...], flattened here.
            y: Targets.
            loss: Outputs [B, outputs] and targets to the mean loss.

        Returns:
            The outputs [B, outputs] and the loss.
        """
        inputs = [x.flatten(1)]
        widths = self._buffers_for(len(x))
        for w, b, f, out in zip(self.weights, self.biases, self.activations, widths, strict=True):
            torch.addmm(b, inputs[-1], w.t(), out=out)
            inputs.append(f[0](out) if f else out)
        outputs = inputs.pop()
        value, delta = _slope(loss, outputs, y)
        for n in reversed(range(len(inputs))):
            torch.mm(delta.t(), inputs[n], out=self.gradients[2 * n])
            torch.sum(delta, 0, out=self.gradients[2 * n + 1])
            if n:
                below = self.activations[n - 1]
                delta = torch.mm(delta, self.weights[n])
                delta = below[1](delta, inputs[n]) if below else delta
        self._hand_over()
        return outputs, value

    def adopt(self) -> None:
        """Takes the gradients that autograd has made over into ``gradient``."""
        for layer, w, b in zip(self.maps, self.gradients[::2], self.gradients[1::2], strict=True):
            assert layer.weight.grad is not None and layer.bias.grad is not None
            w.copy_(layer.weight.grad)
            b.copy_(layer.bias.grad)
        self._hand_over()

    def _hand_over(self) -> None:
        for layer, w, b in zip(self.maps, self.gradients[::2], self.gradients[1::2], strict=True):
            if layer.weight.grad is not w:
                layer.weight.grad, layer.bias.grad = w, b

    def _buffers_for(self, size: int) -> list[Tensor]:
        """Where the outputs of each layer go, for batches of this size (the last one is often smaller)."""
        if size not in self._buffers:
            self._buffers[size] = [torch.empty(size, len(b)) for b in self.biases]
        return self._buffers[size]


def _slope(loss: Loss, outputs: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The loss and its derivative by the outputs; for cross-entropy (softmax - one-hot) / B."""
    if isinstance(loss, CategoricalLoss) and loss.is_plain and y.ndim == 1:
        logs = aten._log_softmax(outputs, 1, False)
        value, total = aten.nll_loss_forward(logs, y, None, MEAN, IGNORED_TARGET)
        back = aten.nll_loss_backward(ONE, logs, y, None, MEAN, IGNORED_TARGET, total)
        return value, aten._log_softmax_backward_data(back, logs, 1, outputs.dtype)
    outputs = outputs.detach().requires_grad_()
    value = loss(outputs, y)
    return value.detach(), torch.autograd.grad(value, outputs)[0]


def _parts(module: nn.Module) -> Iterator[nn.Module]:
    """The modules that compute, in their order; a sequence of others is only these."""
    if type(module) is nn.Sequential and not _is_watched(module):
        for inner in module:
            yield from _parts(inner)
    else:
        yield module


def _only_flattens(module: nn.Module) -> bool:
    return type(module) is nn.Flatten and module.start_dim == 1 and module.end_dim == -1


def _is_watched(module: nn.Module) -> bool:
    """Whether somebody must see its calls, or has put another function in their place."""
    return "forward" in vars(module) or bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
    )
