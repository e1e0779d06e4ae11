"""A device whose memory is full: half the batch, twice the accumulation, and it is said."""

import pytest

import vitreous as vt
from vitreous.errors import TrainingError
from vitreous.training.events import Listener

MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    limit = {limit}

    def __init__(self, in_features, outputs):
        super().__init__()
        self.head = nn.Linear(in_features, outputs)

    def forward(self, x):
        if self.training and len(x) > self.limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.head(x)
"""
QUICK = {"train.threads": 1, "train.baselines": False, "train.checks": False}


class Ears(Listener):
    def __init__(self):
        self.warnings = []

    def warning(self, text):
        self.warnings.append(text)


def test_the_batch_is_halved_until_it_fits(tmp_path):
    (tmp_path / "net.py").write_text(MODEL.format(limit=10))
    ears = Ears()
    run = vt.train(
        "toy200", model=f"{tmp_path}/net.py:Net", out=tmp_path / "run", epochs=2, batch_size=32,
        settings=QUICK, listener=ears,
    )  # fmt: skip
    assert run.status == "finished"
    assert (run.recipe.train.batch_size, run.recipe.train.accumulate) == (8, 4)
    assert [warning.split(":")[0] for warning in ears.warnings] == ["Out of memory on the device"] * 2
    assert run.history[-1]["epoch"] == 2


def test_what_does_not_hold_a_single_example_is_said(tmp_path):
    (tmp_path / "net.py").write_text(MODEL.format(limit=0))
    with pytest.raises(TrainingError, match="single example"):
        vt.train(
            "toy200", model=f"{tmp_path}/net.py:Net", out=tmp_path / "run", epochs=2, batch_size=4, settings=QUICK,
        )  # fmt: skip
