"""What every kind of Examples promises: each example once an epoch, and a resumed epoch is the tail of it."""

import threading

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitreous.data.examples import TensorExamples
from vitreous.data.sources.torch_data import DatasetExamples
from vitreous.data.stream_examples import StreamExamples
from vitreous.data.types import BatchPlan

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=25).filter(lambda counts: sum(counts) > 0)


def tensors(counts):
    n = sum(counts)
    return TensorExamples(torch.arange(n).float().unsqueeze(1), torch.arange(n))


def stream(counts):
    starts = np.cumsum([0, *counts])

    def read(block):
        return pl.DataFrame({"x": range(starts[block], starts[block + 1])})

    def encode(frame):
        rows = torch.tensor(frame["x"].to_list(), dtype=torch.int64)
        return rows.float().unsqueeze(1), rows

    return StreamExamples(counts, read, encode, row_bytes=4)


def dataset(counts):
    items = [(torch.tensor([float(i)]), i) for i in range(sum(counts))]
    return DatasetExamples(items, torch.utils.data.default_collate)


KINDS = pytest.mark.parametrize("make", [tensors, stream, dataset])


def epoch(examples, **plan):
    batches = []
    for x, y in examples.batches(BatchPlan(**plan)):
        assert torch.equal(x[:, 0], y.float())
        batches.append(y.tolist())
    return batches


@KINDS
@settings(max_examples=60, deadline=None)
@given(
    counts=COUNTS,
    batch_size=st.integers(1, 60),
    processes=st.integers(1, 4),
    seed=st.none() | st.integers(0, 5),
    epoch_number=st.integers(0, 3),
)
def test_every_example_exactly_once(make, counts, batch_size, processes, seed, epoch_number):
    examples = make(counts)
    seen = []
    for rank in range(processes):
        plan = {
            "batch_size": batch_size,
            "seed": seed,
            "epoch": epoch_number,
            "rank": rank,
            "processes": processes,
        }
        batches = epoch(examples, **plan)
        assert all(len(batch) <= -(-batch_size // processes) for batch in batches)
        seen += [i for batch in batches for i in batch]
    assert sorted(seen) == list(range(sum(counts)))


@KINDS
@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, batch_size=st.integers(1, 60), skip=st.integers(0, 30), drop_last=st.booleans())
def test_skipping_gives_the_tail_of_the_epoch(make, counts, batch_size, skip, drop_last):
    examples = make(counts)
    plan = {"batch_size": batch_size, "seed": 1, "epoch": 2, "drop_last": drop_last}
    whole = epoch(examples, **plan)
    assert epoch(examples, **plan, skip=skip) == whole[skip:]
    assert not drop_last or all(len(batch) == batch_size for batch in whole)


@KINDS
def test_processes_share_each_batch(make):
    examples = make([30, 0, 41])
    whole = epoch(examples, batch_size=16, seed=0)
    shares = [epoch(examples, batch_size=16, seed=0, rank=rank, processes=2) for rank in (0, 1)]
    assert shares[0] == [batch[0::2] for batch in whole]
    assert shares[1] == [batch[1::2] for batch in whole]


@KINDS
def test_epochs_differ_and_no_seed_keeps_the_order(make):
    examples = make([50, 50])
    assert epoch(examples, batch_size=10, seed=0) != epoch(examples, batch_size=10, seed=0, epoch=1)
    assert [i for batch in epoch(examples, batch_size=7) for i in batch] == list(range(100))


@KINDS
def test_take_keeps_the_order_asked_for(make):
    asked = [70, 3, 3, 0, 99, 41]
    assert make([40, 0, 60]).take(asked)[1].tolist() == asked


def test_a_stream_skips_blocks_without_reading_them():
    read = []
    examples = stream([10] * 100)
    inner = examples._read
    examples._read = lambda block: (read.append(block), inner(block))[1]
    assert len(epoch(examples, batch_size=10, seed=0, skip=95)) == 5
    assert len(read) <= 16


def test_a_stream_that_is_left_early_leaves_no_thread():
    before = threading.active_count()
    batches = stream([10] * 100).batches(BatchPlan(10, 0))
    next(batches)
    batches.close()
    assert threading.active_count() == before
