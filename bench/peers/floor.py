"""The arithmetic alone: the eight matrix products of a step, into memory that is there already.

Three of the forward pass, three for the weights' gradients, two for the inputs' (the images need none). No
activation, loss, optimizer, autograd or data: no program that computes these products is faster.
"""

from __future__ import annotations

import time
from itertools import pairwise

import torch

from bench.peers import common, torch_common


def main() -> None:
    chosen = common.options()
    threads = torch_common.set_threads(chosen.threads)
    torch.manual_seed(0)
    widths = (784, *common.HIDDEN, 10)
    size, steps = chosen.batch_size, -(-chosen.examples // chosen.batch_size)
    activations = [torch.randn(size, width) for width in widths]
    errors = [torch.randn(size, width) for width in widths]
    weights = [torch.randn(out, into) for into, out in pairwise(widths)]
    gradients = [torch.empty_like(weight) for weight in weights]
    products = []  # (left, right, out), all of them views or buffers made once
    for layer, weight in enumerate(weights):
        products.append((activations[layer], weight.t(), torch.empty(size, len(weight))))
    for layer, weight in reversed(list(enumerate(weights))):
        products.append((errors[layer + 1].t(), activations[layer], gradients[layer]))
        if layer:
            products.append((errors[layer + 1], weight, torch.empty(size, widths[layer])))
    seconds = []
    with torch.inference_mode():
        for _ in range(chosen.epochs):
            start = time.perf_counter()
            for _ in range(steps):
                for left, right, out in products:
                    torch.mm(left, right, out=out)
            seconds.append(time.perf_counter() - start)
    common.say(seconds, None, threads=threads)


if __name__ == "__main__":
    main()
