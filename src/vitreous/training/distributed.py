"""One process or many: torchrun's environment, torch's own engine (DDP, FSDP2), and small reductions.

Every process runs the same program on the same batches, each with its share of every batch; the
first one writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class Processes:
    """This process among its peers.

    Attributes:
        rank: 0 writes and speaks.
        count: How many there are; 1 without torchrun.
        local_rank: Which GPU of this machine is ours.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def sum(self, values: Tensor) -> Tensor:
        """The element-wise sum over all processes, in place."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def agree(self, value: Any) -> Any:
        """The first process's value, in every process."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def any(self, flag: int) -> int:
        """The largest flag over all processes: one that must stop stops all."""
        if self.count == 1:
            return flag
        box = torch.tensor([flag], device=_reduction_device())
        distributed.all_reduce(box, op=distributed.ReduceOp.MAX)
        return int(box.item())

    def wait(self) -> None:
        """Until every process is here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def processes() -> Iterator[Processes]:
    """Joins the group that torchrun describes in the environment; alone without it."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1 or "MASTER_ADDR" not in os.environ:
        yield Processes()
        return
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    if backend == "nccl":
        torch.cuda.set_device(local_rank)
    distributed.init_process_group(backend)
    try:
        yield Processes(distributed.get_rank(), count, local_rank)
    finally:
        distributed.destroy_process_group()


def wrap(
    model: nn.Module, group: Processes, *, shard: bool, may_skip: bool, device: torch.device
) -> nn.Module:
    """The model as the engine wants it: as it is, DDP, or sharded by FSDP2.

    ``may_skip`` says that some parameters may get no gradient, as in a network we do not know.

    FSDP2 shards each block that repeats (the children of ``Sequential`` and ``ModuleList``) and then the rest,
    so that one block's parameters are whole at a time.
    """
    if group.count == 1:
        return model
    if shard:
        from torch.distributed.fsdp import fully_shard

        for module in list(model.modules()):
            if isinstance(module, nn.Sequential | nn.ModuleList):
                for block in module.children():
                    if any(True for _ in block.parameters()) and any(True for _ in block.children()):
                        fully_shard(block)
        return cast(nn.Module, fully_shard(model))
    ids = [device.index] if device.type == "cuda" else None
    from torch.nn.parallel import DistributedDataParallel

    # DDP only ever reduces what it sees learning when it is made, and waits for all of it: so it is
    # made with everything thawed, and told to look for what gets no gradient where that can happen.
    frozen = [p for p in model.parameters() if not p.requires_grad]
    for parameter in frozen:
        parameter.requires_grad_(True)
    engine = DistributedDataParallel(model, device_ids=ids, find_unused_parameters=bool(frozen) or may_skip)
    for parameter in frozen:
        parameter.requires_grad_(False)
    return engine


def unwrap(model: nn.Module) -> nn.Module:
    """The person's own module inside DDP and torch.compile."""
    inner = getattr(model, "module", model)
    return cast(nn.Module, getattr(inner, "_orig_mod", inner))


def whole(tensor: Tensor) -> Tensor:
    """A sharded tensor in full, every process taking part; any other as it is."""
    gather = getattr(tensor, "full_tensor", None)
    return cast(Tensor, gather()) if gather else tensor


def copy_into(target: Tensor, source: Tensor) -> None:
    """Copies a full tensor into one that may be sharded."""
    mesh = getattr(target, "device_mesh", None)
    if mesh is not None:
        from torch.distributed.tensor import distribute_tensor

        source = distribute_tensor(source.to(target.device), mesh, target.placements)  # type: ignore[attr-defined]
    with torch.no_grad():
        target.copy_(source)


def _reduction_device() -> str:
    return "cuda" if distributed.get_backend() == "nccl" else "cpu"
