"""Examples read block by block: memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch

from vitreous.data.examples import batch_bounds, mix_seed
from vitreous.data.types import Batch, BatchPlan

if TYPE_CHECKING:
    import polars as pl
    from torch import Tensor

    Encode: TypeAlias = Callable[[pl.DataFrame], tuple[Tensor, Tensor]]

# Rows are shuffled within a buffer of so many blocks, or fewer where those are large.
BUFFER_BLOCKS = 8
BUFFER_BYTES = 128 << 20


class StreamExamples:
    """One split of a file too large for memory.

    The order of an epoch is that of the blocks by (seed, epoch), and within each buffer of blocks that
    of the rows. Both follow from the plan and the blocks' sizes alone, so a resumed run skips buffers
    without reading them.

    Args:
        counts: [blocks] rows of this split in each block.
        read: Block to its rows of this split, as a frame of exactly ``counts[block]`` rows.
        encode: Such a frame to (inputs float32 [B, F], targets).
        row_bytes: Of one encoded row.
    """

    def __init__(
        self, counts: Sequence[int], read: Callable[[int], pl.DataFrame], encode: Encode, row_bytes: int
    ) -> None:
        self._counts = np.asarray(counts, dtype=np.int64)
        self._ends = np.cumsum(self._counts)
        self._read = read
        self._encode = encode
        self._row_bytes = row_bytes
        self._last: tuple[int, pl.DataFrame] | None = None

    def __len__(self) -> int:
        return int(self._counts.sum())

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        starts = batch_bounds(len(self), plan)
        if not starts:
            return
        buffers = self._buffers(plan)
        ends = np.cumsum([self._counts[buffer].sum() for buffer in buffers])
        number = int(np.searchsorted(ends, starts[0], side="right"))
        offset = starts[0] - (int(ends[number - 1]) if number else 0)
        waiting: tuple[Tensor, Tensor] | None = None  # rows of a batch that began in the buffer before
        left = len(starts)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self._fill, buffers[number], plan, number)
            while left:
                inputs, targets = coming.result()
                number += 1
                if number < len(buffers):
                    coming = pool.submit(self._fill, buffers[number], plan, number)
                inputs, targets, offset = inputs[offset:], targets[offset:], 0
                if waiting is not None:
                    inputs, targets = torch.cat([waiting[0], inputs]), torch.cat([waiting[1], targets])
                last = number == len(buffers)
                full = min(left, len(inputs) // plan.batch_size)
                cut = min(left, full + 1) if last else full
                for k in range(cut):
                    rows = slice(k * plan.batch_size + plan.rank, (k + 1) * plan.batch_size, plan.processes)
                    yield inputs[rows], targets[rows]
                left -= cut
                waiting = inputs[cut * plan.batch_size :], targets[cut * plan.batch_size :]

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch; see `Examples.take`."""
        inputs, targets = zip(*(self._encode(frame) for frame, _ in self._select(indices)), strict=True)
        back = self._positions(indices)
        return torch.cat(inputs)[back], torch.cat(targets)[back]

    def raw(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """These examples as rows; see `Examples.raw`."""
        rows = [row for frame, _ in self._select(indices) for row in frame.rows(named=True)]
        return [rows[i] for i in self._positions(indices).tolist()]

    def _buffers(self, plan: BatchPlan) -> list[list[int]]:
        """The blocks of each buffer, in the epoch's order."""
        order = np.flatnonzero(self._counts)
        if plan.seed is not None:
            generator = torch.Generator().manual_seed(mix_seed(plan.seed, plan.epoch))
            order = order[torch.randperm(len(order), generator=generator).numpy()]
        buffers: list[list[int]] = [[]]
        size = 0
        for block in order.tolist():
            block_bytes = int(self._counts[block]) * self._row_bytes
            if buffers[-1] and (len(buffers[-1]) >= BUFFER_BLOCKS or size + block_bytes > BUFFER_BYTES):
                buffers.append([])
                size = 0
            buffers[-1].append(block)
            size += block_bytes
        return buffers

    def _fill(self, blocks: list[int], plan: BatchPlan, number: int) -> tuple[Tensor, Tensor]:
        """The rows of one buffer, shuffled."""
        parts = [self._encode(self._read(block)) for block in blocks]
        inputs, targets = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        if plan.seed is None:
            return inputs, targets
        generator = torch.Generator().manual_seed(mix_seed(plan.seed, plan.epoch, number + 1))
        order = torch.randperm(len(inputs), generator=generator)
        return inputs[order], targets[order]

    def _select(self, indices: Sequence[int]) -> Iterator[tuple[pl.DataFrame, int]]:
        """The asked rows of each block that has some, blocks ascending; the block last read is kept."""
        wanted = np.sort(np.asarray(indices, dtype=np.int64))
        blocks = np.searchsorted(self._ends, wanted, side="right")
        for block in np.unique(blocks).tolist():
            last = self._last
            frame = last[1] if last is not None and last[0] == block else self._read(block)
            self._last = (block, frame)
            yield frame[wanted[blocks == block] - (self._ends[block] - self._counts[block])], block

    @staticmethod
    def _positions(indices: Sequence[int]) -> Tensor:
        """Where each asked index lies among the sorted ones."""
        order = np.argsort(np.asarray(indices, dtype=np.int64), kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return torch.from_numpy(back)
