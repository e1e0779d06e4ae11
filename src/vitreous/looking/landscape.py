"""The loss over a plane of the weights: which plane, and what the loss is there.

Source: Li et al., "Visualizing the loss landscape of neural nets" (2018), https://arxiv.org/abs/1712.09913: section 4
for random directions whose filters are as long as the network's, section 7 for the plane of the training's path.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitreous.data.types import Inputs
from vitreous.errors import RunError
from vitreous.looking.operation import Array
from vitreous.training.losses import Loss

CHUNK = 1 << 20  # numbers of a weight that are compared in one go
LEAST_SECOND = 1e-6  # of the path's variance: below it the path is a straight line and spans no plane
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Plane:
    """Two directions in the space of all weights, from the weights that a network has.

    Attributes:
        first: By parameter; together of length 1 on a path's plane.
        second: The same, at right angles to the first on a path's plane.
        path: Where the snapshots lie, projected, [N, 2]; empty for random directions.
        kept: Share of the path's variance along each; none for random directions.
    """

    first: Weights
    second: Weights
    path: Array
    kept: tuple[float, ...] = ()


def path_plane(model: nn.Module, snapshots: Sequence[Path]) -> Plane | None:
    """The plane through the network's weights along the two principal components of the snapshots.

    One parameter at a time is read of all snapshots, so that large networks fit: the components follow from the
    products of the snapshots with each other. (That two components keep nearly all of a path's variance says little:
    of a random walk they keep most too; Antognini & Sohl-Dickstein, https://arxiv.org/abs/1806.08805.)

    Args:
        model: Its weights are the origin.
        snapshots: Files of weights, first to last.

    Returns:
        None where they are fewer than three, or lie on a line.

    Raises:
        RunError: when a file is damaged or of another network.
    """
    if len(snapshots) < 3:
        return None
    named = learned(model)
    with ExitStack() as opened:
        files = [_opened(opened, path) for path in snapshots]
        products = np.zeros((len(files), len(files)))
        for name, weight in named.items():
            products += _products(_moved(files, snapshots, name, weight))
        if not np.isfinite(products).all():
            return None
        centring = np.eye(len(files)) - 1 / len(files)
        size, along = np.linalg.eigh(centring @ products @ centring)
        size, along = size[::-1][:2], along[:, ::-1][:, :2]
        total = float(np.trace(centring @ products @ centring))
        if not total or size[1] < LEAST_SECOND * total:
            return None
        mix = along / np.sqrt(size)  # [N, 2]: each direction as a sum of the snapshots
        path = products @ mix
        turn = np.where(path[0] > 0, -1.0, 1.0)  # so that training goes right and up
        mix, path = mix * turn, path * turn
        directions: tuple[Weights, Weights] = ({}, {})
        for name, weight in named.items():
            moved = _moved(files, snapshots, name, weight)
            for direction, shares in zip(directions, mix.T, strict=True):
                direction[name] = (torch.from_numpy(shares).to(weight.dtype) @ moved).reshape(weight.shape)
    return Plane(*directions, path, (float(size[0]) / total, float(size[1]) / total))


def random_plane(model: nn.Module, seed: int) -> Plane | None:
    """Two random directions, each filter as long as the network's own.

    So a step of 1 changes every unit by as much as it weighs, however large its weights are. Biases and the scales
    of normalization stay as they are.

    Returns:
        None where there is no weight to change.
    """
    generator = torch.Generator().manual_seed(seed)
    directions: tuple[Weights, Weights] = ({}, {})
    for direction in directions:
        for name, weight in learned(model).items():
            if weight.ndim < 2:
                direction[name] = torch.zeros_like(weight)
                continue
            drawn = torch.randn(weight.shape, generator=generator).to(weight.dtype).flatten(1)
            wanted = weight.flatten(1).norm(dim=1, keepdim=True)
            direction[name] = (drawn / drawn.norm(dim=1, keepdim=True) * wanted).reshape(weight.shape)
    if not any(bool(d.any()) for d in directions[0].values()):
        return None
    return Plane(*directions, np.zeros((0, 2)))


def learned(model: nn.Module) -> Weights:
    """The decimal weights that are trained, on the CPU."""
    return {
        name: p.detach().cpu()
        for name, p in model.named_parameters()
        if p.requires_grad and p.is_floating_point()
    }


class Losses:
    """A copy of a network, asked for its loss at other weights; the network itself is not touched.

    In evaluation mode: normalization layers keep the statistics that they have.

    Args:
        model: Copied.
        loss: The loss of a network.
        inputs: The examples, as the network takes them.
        targets: Theirs.
        seed: Of what a network draws: the same at every place.
    """

    def __init__(
        self, model: nn.Module, loss: Callable[[nn.Module], Loss], inputs: Inputs, targets: Tensor, seed: int
    ) -> None:
        self.model = copy.deepcopy(model).eval()
        self.loss = loss(self.model)
        self.inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        self.targets, self.seed = targets, seed
        self.parameters = {n: p for n, p in self.model.named_parameters() if n in learned(model)}
        self.start = {name: p.detach().clone() for name, p in self.parameters.items()}

    def now(self) -> float:
        """At the weights that the copy has."""
        with torch.no_grad(), torch.random.fork_rng([]):
            torch.manual_seed(self.seed)
            return float(self.loss(self.model(*self.inputs), self.targets))

    def at(self, plane: Plane, a: float, b: float) -> float:
        """At a place of a plane."""
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(self.start[name] + a * plane.first[name] + b * plane.second[name])
        return self.now()

    def over(self, plane: Plane, xs: Array, ys: Array, seconds: float) -> Array:
        """At each place [y, x], from the middle outwards; NaN where the time had run out.

        Args:
            plane: Of which.
            xs: Along its first direction.
            ys: Along its second.
            seconds: No further place is begun after so many.
        """
        found = np.full((len(ys), len(xs)), np.nan)
        middle = np.hypot(*np.meshgrid(np.linspace(-1, 1, len(xs)), np.linspace(-1, 1, len(ys))))
        until = time.monotonic() + seconds
        for flat in np.argsort(middle, axis=None, kind="stable").tolist():
            j, i = divmod(flat, len(xs))
            found[j, i] = self.at(plane, float(xs[i]), float(ys[j]))
            if time.monotonic() > until:
                break
        return found


def _opened(stack: ExitStack, path: Path) -> Any:
    """A snapshot from which one tensor at a time is read."""
    from safetensors import SafetensorError, safe_open

    try:
        return stack.enter_context(safe_open(path, framework="pt"))
    except (SafetensorError, OSError) as error:
        raise RunError(f"It is no readable safetensors file: {error}.", where=str(path)) from None


def _moved(files: Sequence[Any], paths: Sequence[Path], name: str, weight: Tensor) -> Tensor:
    """How far a parameter of each snapshot lies from the origin, [N, numbers]."""
    from safetensors import SafetensorError

    rows = []
    for file, path in zip(files, paths, strict=True):
        try:
            held: Tensor = file.get_tensor(name)
        except (SafetensorError, OSError) as error:
            raise RunError(f"The snapshot does not fit the network: {error}.", where=str(path)) from None
        if held.shape != weight.shape:
            raise RunError(
                f"The snapshot does not fit the network: {name} has another shape.", where=str(path)
            )
        rows.append((held.to(weight.dtype) - weight).reshape(-1))
    return torch.stack(rows)


def _products(moved: Tensor) -> Array:
    """Each row times each, summed in double precision a chunk at a time."""
    total = torch.zeros(len(moved), len(moved), dtype=torch.float64)
    for part in moved.split(CHUNK, dim=1):
        double = part.double()
        total += double @ double.T
    return np.asarray(total.numpy())
