"""What a run shows that an experiment has made longer is its own: the script did not train that long."""

from pathlib import Path

import pytest

CASE = Path(__file__).parents[1] / "faults/cases/rock-samples-o2"

pytestmark = pytest.mark.long


def test_what_a_longer_run_learns_by_heart_is_no_fault_of_the_script(doctor):
    verdict, _ = doctor((CASE / "fixed.py").read_text())
    assert verdict.findings == []
    (longer,) = (r for r in verdict.rejected if r.fault == "train/too-short")
    assert longer.proof is not None and longer.proof.metric == "loss in evaluation"


def test_a_validation_loss_that_rises_all_the_second_half_is_named(doctor):
    (found,) = doctor((CASE / "faulty.py").read_text())[0].findings
    assert found.fault == "train/overfit" and found.proof is not None
