"""Examples held as tensors: gathered, shuffled and augmented a chunk of batches at a time.

Going through Python once an example is what makes the usual Dataset and DataLoader slow on small
data. Here an epoch is one permutation, and one gather serves many batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vitreous.data.types import Batch, BatchPlan

# One gather serves this many bytes of prepared inputs: small enough to stay in the cache of one core.
CHUNK_BYTES = 8 << 20


def epoch_order(length: int, plan: BatchPlan) -> Tensor:
    """The order of one epoch's examples, int64 [length], from (seed, epoch) alone."""
    if plan.seed is None:
        return torch.arange(length)
    generator = torch.Generator().manual_seed(mix_seed(plan.seed, plan.epoch))
    return torch.randperm(length, generator=generator)


def mix_seed(*numbers: int) -> int:
    """One well-mixed 63-bit seed from several numbers (NumPy's SeedSequence)."""
    state = np.random.SeedSequence([n & 0xFFFFFFFFFFFFFFFF for n in numbers]).generate_state(1, np.uint64)
    return int(state[0]) & 0x7FFFFFFFFFFFFFFF


def batch_bounds(length: int, plan: BatchPlan) -> range:
    """Start of each batch of the epoch, those already seen left out."""
    stop = length - length % plan.batch_size if plan.drop_last else length
    return range(plan.skip * plan.batch_size, stop, plan.batch_size)


class TensorExamples:
    """Examples that fit in memory.

    Args:
        inputs: [N, ...] in the type they are stored in (uint8 for images: a quarter of the memory).
        targets: [N, ...] as the Task says.
        prepare: Stored inputs of a chunk to what the network gets; None where they are that already.
        augment: (inputs [B, ...], generator) to augmented inputs; applied after ``prepare`` where
            the plan asks for it.
        raw: Index to the example as a person knows it; the stored input as an array by default.
    """

    def __init__(
        self,
        inputs: Tensor,
        targets: Tensor,
        *,
        prepare: Callable[[Tensor], Tensor] | None = None,
        augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
        raw: Callable[[int], Any] | None = None,
    ) -> None:
        self.inputs = inputs
        self.targets = targets
        self._prepare = prepare
        self._augment = augment
        self._raw = raw

    def __len__(self) -> int:
        return len(self.inputs)

    def to(self, device: torch.device) -> TensorExamples:
        """The same examples, resident on a device."""
        return TensorExamples(
            self.inputs.to(device),
            self.targets.to(device),
            prepare=self._prepare,
            augment=self._augment,
            raw=self._raw,
        )

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        order = epoch_order(len(self), plan).to(self.inputs.device)
        bounds = batch_bounds(len(self), plan)
        row_bytes = 4 * max(1, self.inputs[0].numel() if len(self) else 1)
        group = max(1, CHUNK_BYTES // (row_bytes * plan.batch_size))
        for first in range(0, len(bounds), group):
            starts = bounds[first : first + group]
            chunk = order[starts[0] : starts[-1] + plan.batch_size]
            inputs, targets = self._gather(chunk)
            for number, start in enumerate(starts, plan.skip + first):
                at = start - starts[0]
                rows = slice(at + plan.rank, at + plan.batch_size, plan.processes)
                x, y = inputs[rows], targets[rows]
                if plan.augment and self._augment is not None:
                    seed = mix_seed(plan.seed or 0, plan.epoch, number, plan.rank)
                    x = self._augment(x, torch.Generator(x.device).manual_seed(seed))
                yield x, y

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch; see `Examples.take`."""
        return self._gather(torch.as_tensor(indices, dtype=torch.int64, device=self.inputs.device))

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """These examples as a person knows them; see `Examples.raw`."""
        if self._raw is not None:
            return [self._raw(int(i)) for i in indices]
        return [self.inputs[int(i)].cpu().numpy() for i in indices]

    def _gather(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        inputs = self.inputs.index_select(0, rows)
        return (self._prepare(inputs) if self._prepare else inputs), self.targets.index_select(0, rows)
