"""Images too many for memory: decoded batch by batch, a few batches ahead of the network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from vitreous.data.examples import batch_bounds, epoch_order, mix_seed
from vitreous.data.image_files import Decoder, Pixels, UnreadableImageError, worker_count
from vitreous.data.types import Batch, BatchPlan
from vitreous.errors import DataError

BATCHES_AHEAD = 4


class ImageExamples:
    """Examples that are decoded when they are needed.

    The same plan gives the same batches as `TensorExamples` over the same images in memory.

    Args:
        files: [N] images that were found readable.
        targets: [N] as the Task says.
        decoder: To the size and channels the network takes.
        prepare: uint8 [B, C, H, W] to what the network gets.
        augment: (inputs, generator) to augmented inputs.
    """

    def __init__(
        self,
        files: Sequence[Path],
        targets: Tensor,
        decoder: Decoder,
        *,
        prepare: Callable[[Tensor], Tensor],
        augment: Callable[[Tensor, Generator], Tensor] | None = None,
    ) -> None:
        self.files = list(files)
        self.targets = targets
        self._decoder = decoder
        self._prepare = prepare
        self._augment = augment

    def __len__(self) -> int:
        return len(self.files)

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        order = epoch_order(len(self), plan).tolist()
        starts = batch_bounds(len(self), plan)
        groups = (order[s + plan.rank : s + plan.batch_size : plan.processes] for s in starts)
        pool = ThreadPoolExecutor(worker_count(self.files))
        waiting: deque[tuple[list[int], list[Future[Pixels]]]] = deque()
        try:
            waiting.extend(self._submit(pool, rows) for rows in islice(groups, BATCHES_AHEAD))
            number = plan.skip
            while waiting:
                rows, futures = waiting.popleft()
                waiting.extend(self._submit(pool, rows) for rows in islice(groups, 1))
                x = self._stack([future.result() for future in futures])
                if plan.augment and self._augment is not None:
                    seed = mix_seed(plan.seed or 0, plan.epoch, number, plan.rank)
                    x = self._augment(x, Generator().manual_seed(seed))
                yield x, self.targets[rows]
                number += 1
        finally:
            pool.shutdown(cancel_futures=True)

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch; see `Examples.take`."""
        rows = [int(i) for i in indices]
        with ThreadPoolExecutor(worker_count(self.files)) as pool:
            return self._stack(list(pool.map(self._decode, rows))), self.targets[rows]

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """Paths of the images."""
        return [self.files[int(i)] for i in indices]

    def _submit(self, pool: ThreadPoolExecutor, rows: list[int]) -> tuple[list[int], list[Future[Pixels]]]:
        return rows, [pool.submit(self._decode, row) for row in rows]

    def _decode(self, row: int) -> Pixels:
        try:
            return self._decoder.decode(self.files[row])
        except UnreadableImageError as error:
            raise DataError(
                f"It was readable before training and no longer is: {error}.", where=str(self.files[row])
            ) from None

    def _stack(self, images: list[Pixels]) -> Tensor:
        shape = (len(images), self._decoder.channels, self._decoder.size, self._decoder.size)
        pixels = np.stack(images) if images else np.zeros(shape, np.uint8)
        return self._prepare(torch.from_numpy(pixels))
