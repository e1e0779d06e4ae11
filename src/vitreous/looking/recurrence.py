"""Recurrent layers by hand: a cell, run along the steps in one direction, and back through time.

A batch of examples of several lengths is a list of steps with ever fewer rows (as packed sequences are): row b of a
step is example b. Padded batches are the case where every step has all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from vitreous.looking.operation import Array

State = tuple[Array, ...]


class Cell(Protocol):
    """One step of a recurrent layer. ``weights``: input [G·H, F], hidden [G·H, H], and biases [G·H] or none."""

    states: int  # how many arrays its state has: 2 for an LSTM

    def step(self, x: Array, state: State, weights: Sequence[Array]) -> tuple[State, Any]:
        """The next state, and what going back needs."""
        ...

    def back(self, grads: State, kept: Any, weights: Sequence[Array]) -> tuple[Array, State, list[Array]]:
        """Gradients of the input, of the state before, and of each weight."""
        ...


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ), in a form that cannot overflow."""
    out: Array = 0.5 * (1 + np.tanh(0.5 * x))
    return out


@dataclass
class Direction:
    """One cell run along all steps one way."""

    cell: Cell
    weights: Sequence[Array]
    reverse: bool
    kept: list[Any] = field(default_factory=list)

    def run(self, steps: list[Array], start: State) -> tuple[list[Array], State]:
        """The state behind every step, and the last of each example."""
        state = tuple(s.copy() for s in start)
        outputs: list[Array] = [np.empty(0)] * len(steps)
        for t in self._order(len(steps)):
            rows = len(steps[t])
            after, kept = self.cell.step(steps[t], tuple(s[:rows].copy() for s in state), self.weights)
            self.kept.append(kept)
            for whole, new in zip(state, after, strict=True):
                whole[:rows] = new
            outputs[t] = after[0]
        return outputs, state

    def back(self, grads: list[Array], last: State) -> tuple[list[Array], State, list[Array]]:
        """Gradients of every step's input, of the start, and of each weight summed over the steps."""
        flowing = tuple(g.copy() for g in last)
        inputs: list[Array] = [np.empty(0)] * len(grads)
        totals = [np.zeros_like(w) for w in self.weights]
        order = list(self._order(len(grads)))
        for t, kept in zip(reversed(order), reversed(self.kept), strict=True):
            rows = len(grads[t])
            flowing[0][:rows] += grads[t]
            inputs[t], before, by_weight = self.cell.back(
                tuple(f[:rows] for f in flowing), kept, self.weights
            )
            for whole, new in zip(flowing, before, strict=True):
                whole[:rows] = new
            for total, part in zip(totals, by_weight, strict=True):
                total += part
        return inputs, flowing, totals

    def _order(self, count: int) -> range:
        return range(count - 1, -1, -1) if self.reverse else range(count)


@dataclass
class Stack:
    """Layers of directions on top of each other, with dropout's masks between them.

    Attributes:
        cell: The kind.
        weights: A list for each direction of each layer.
        directions: 1, or 2.
        masks: For each layer but the last, what dropout multiplied its output with; empty without dropout.
    """

    cell: Cell
    weights: list[Sequence[Array]]
    directions: int
    masks: list[list[Array]]

    def run(self, steps: list[Array], start: State) -> tuple[list[Array], State]:
        """``start`` and the final state: [layers · directions, B, H] each."""
        self.lanes = [Direction(self.cell, w, bool(n % self.directions)) for n, w in enumerate(self.weights)]
        ends: list[State] = []
        for layer in range(len(self.weights) // self.directions):
            outputs = []
            for n in range(layer * self.directions, (layer + 1) * self.directions):
                out, end = self.lanes[n].run(steps, tuple(s[n] for s in start))
                outputs.append(out)
                ends.append(end)
            steps = [np.concatenate(parts, 1) for parts in zip(*outputs, strict=True)]
            if layer < len(self.masks):
                steps = [s * m for s, m in zip(steps, self.masks[layer], strict=True)]
        return steps, tuple(np.stack(parts) for parts in zip(*ends, strict=True))

    def back(self, grads: list[Array], last: State) -> tuple[list[Array], State, list[Array]]:
        """Gradients of the steps, of the start and of all weights in their order."""
        starts: list[State] = [()] * len(self.lanes)
        by_weight: list[list[Array]] = [[]] * len(self.lanes)
        for layer in range(len(self.lanes) // self.directions - 1, -1, -1):
            if layer < len(self.masks):
                grads = [g * m for g, m in zip(grads, self.masks[layer], strict=True)]
            inputs = []
            for n in range(layer * self.directions, (layer + 1) * self.directions):
                width = grads[0].shape[1] // self.directions
                part = slice((n % self.directions) * width, (n % self.directions + 1) * width)
                into, starts[n], by_weight[n] = self.lanes[n].back(
                    [g[:, part] for g in grads], tuple(g[n] for g in last)
                )
                inputs.append(into)
            grads = [np.sum(parts, axis=0) for parts in zip(*inputs, strict=True)]
        flat = [weight for lane in by_weight for weight in lane]
        return grads, tuple(np.stack(parts) for parts in zip(*starts, strict=True)), flat


def affine(x: Array, h: Array, weights: Sequence[Array]) -> tuple[Array, Array]:
    """W x + b and U h + c, apart: a GRU needs them so."""
    from_x, from_h = x @ weights[0].T, h @ weights[1].T
    return (from_x + weights[2], from_h + weights[3]) if len(weights) >= 4 else (from_x, from_h)


def affine_back(
    to_x: Array, to_h: Array, x: Array, h: Array, weights: Sequence[Array]
) -> tuple[Array, Array, list[Array]]:
    """Gradients of x, of h and of the weights, from those of the two sums."""
    by_weight = [to_x.T @ x, to_h.T @ h]
    if len(weights) >= 4:
        by_weight += [to_x.sum(0), to_h.sum(0)]
    return to_x @ weights[0], to_h @ weights[1], by_weight
