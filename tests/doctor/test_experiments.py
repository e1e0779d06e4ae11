"""Which of several suspects are causes: experiments on a program whose losses are known for every change."""

import pytest

from vitreous.doctor.experiments import Laboratory, Suspect
from vitreous.doctor.fault import Suspicion, Trial
from vitreous.doctor.faults import all_faults
from vitreous.doctor.job import Job
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step

STEPS = 60
A, B, C = "optim/lr-too-low", "model/no-nonlinearity", "data/not-normalized"


class Program:
    """Runs jobs: the loss at the end is looked up by which faults are removed."""

    def __init__(self, ends):
        self.ends, self.runs = ends, 0

    def job(self, **options):
        return Job("script.py", **options)

    def run(self, jobs, deadline=0.0):
        self.runs += len(jobs)
        return [self.evidence(frozenset(fault for fault, _ in job.interventions)) for job in jobs]

    def evidence(self, removed=frozenset()):
        end = self.ends[removed]
        losses = [1.0 + (end - 1.0) * min(1.0, 2 * i / STEPS) for i in range(STEPS)]
        return Evidence(steps=[Step(i, 0, loss=loss) for i, loss in enumerate(losses)], step_cost=0.01)


def suspect(fault, **options):
    trial = Trial(f"{fault} removed", {})
    return Suspect(all_faults()[fault], Suspicion(None, 0.6, [], "", trials=[trial], **options))


def judged(ends, *suspects):
    program = Program({frozenset(key): value for key, value in ends.items()})
    laboratory = Laboratory(program, program.evidence(), float("inf"), None)
    return [s.file.fault.id for s in laboratory.judge(list(suspects))], program.runs


def test_the_same_trouble_from_another_side_is_no_second_cause():
    found, _ = judged({(): 1.0, (A,): 0.1, (B,): 0.4, (A, B): 0.1}, suspect(A), suspect(B))
    assert found == [A]


def test_two_causes_that_each_help_are_both_named():
    found, _ = judged({(): 1.0, (A,): 0.4, (B,): 0.5, (A, B): 0.01}, suspect(A), suspect(B))
    assert found == [A, B]


def test_a_cause_hidden_by_another_is_found_once_that_is_removed():
    second = suspect(B)
    found, _ = judged({(): 1.0, (A,): 0.6, (B,): 1.0, (A, B): 0.02}, suspect(A), second)
    assert found == [B, A] or found == [A, B]
    assert second.proof is not None and "with optim/lr-too-low removed" in second.proof.changed


def test_a_hidden_cause_is_not_looked_for_where_training_goes_well():
    found, _ = judged({(): 1.0, (A,): 0.02, (B,): 1.0, (A, B): 0.001}, suspect(A), suspect(B))
    assert found == [A]


@pytest.mark.parametrize("together, names", [(0.05, {A, B}), (0.8, set())])
def test_two_causes_that_hide_each_other(together, names):
    ends = {(): 1.0, (A,): 0.95, (B,): 1.0, (C,): 1.0, (A, C): 0.9, (B, C): 1.0, (A, B): together}
    found, _ = judged(ends | {(A, B, C): together}, suspect(A), suspect(B), suspect(C))
    assert set(found) == names


def test_what_is_certain_stays_and_is_removed_for_the_others():
    found, _ = judged({(): 1.0, (A,): 1.0, (B,): 1.0, (A, B): 0.1}, suspect(A, certain=True), suspect(B))
    assert set(found) == {A, B}
