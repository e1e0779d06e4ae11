"""Which of several suspects are causes: experiments on a program whose losses are known for every change."""

import time

import pytest

from vitreous.doctor.experiments import Laboratory
from vitreous.doctor.fault import Suspicion, Trial
from vitreous.doctor.faults import all_faults
from vitreous.doctor.job import Job
from vitreous.doctor.suspect import Suspect, rank
from vitreous.doctor.verdict import Proof
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step

STEPS = 60
A, B, C = "optim/lr-too-low", "model/no-nonlinearity", "data/not-normalized"


class Program:
    """Runs jobs: the loss at the end is looked up by which faults are removed; errors too, where they are given."""

    def __init__(self, ends, errors=None):
        self.ends, self.errors, self.runs = ends, errors, 0

    def job(self, **options):
        return Job("script.py", **options)

    def run(self, jobs, deadline=0.0):
        self.runs += len(jobs)
        return [self.evidence(frozenset(fault for fault, _ in job.interventions)) for job in jobs]

    def evidence(self, removed=frozenset()):
        end = self.ends[removed]
        losses = [1.0 + (end - 1.0) * min(1.0, 2 * i / STEPS) for i in range(STEPS)]
        error = self.errors[removed] if self.errors else None
        steps = [
            Step(i, 0, loss=loss, error=error and 1 - (1 - error) * min(1.0, 2 * i / STEPS))
            for i, loss in enumerate(losses)
        ]
        return Evidence(steps=steps, step_cost=0.01)


def suspect(fault, **options):
    trial = Trial(f"{fault} removed", {})
    return Suspect(all_faults()[fault], Suspicion(None, 0.6, [], "", trials=[trial], **options))


def judged(ends, *suspects, errors=None):
    by_removed = [{frozenset(key): value for key, value in some.items()} for some in (ends, errors or {})]
    program = Program(*by_removed)
    laboratory = Laboratory(program, program.evidence(), float("inf"), None)
    return [s.file.fault.id for s in laboratory.judge(list(suspects))], program.runs


def test_the_same_trouble_from_another_side_is_no_second_cause():
    found, _ = judged({(): 1.0, (A,): 0.1, (B,): 0.4, (A, B): 0.1}, suspect(A), suspect(B))
    assert found == [A]


def test_two_causes_that_each_help_are_both_named():
    found, _ = judged({(): 1.0, (A,): 0.4, (B,): 0.5, (A, B): 0.01}, suspect(A), suspect(B))
    assert found == [A, B]


def test_a_cause_that_shows_at_two_places_is_tried_once():
    once, twice = suspect(A), suspect(A)
    _, runs = judged({(): 1.0, (A,): 0.1}, once, twice)
    assert runs == judged({(): 1.0, (A,): 0.1}, suspect(A))[1]
    assert once.proof.gain == twice.proof.gain > 0.5


def test_a_cause_hidden_by_another_is_found_once_that_is_removed():
    second = suspect(B)
    found, _ = judged({(): 1.0, (A,): 0.6, (B,): 1.0, (A, B): 0.02}, suspect(A), second)
    assert found == [B, A] or found == [A, B]
    assert second.proof is not None and "with optim/lr-too-low removed" in second.proof.changed


def test_a_rival_that_a_third_cause_hides_is_found_once_that_is_removed_too():
    ends = {(): 1.0, (A,): 0.3, (B,): 0.65, (C,): 0.6, (A, B): 0.3, (A, C): 0.15, (A, B, C): 0.01}
    assert set(judged(ends, suspect(A), suspect(B), suspect(C))[0]) == {A, B, C}


def test_no_experiment_is_made_twice():
    """Each alone, and both together: what one of them leaves is known from the first."""
    assert judged({(): 1.0, (A,): 0.1, (B,): 0.4, (A, B): 0.1}, suspect(A), suspect(B))[1] == 3


def test_a_hidden_cause_is_not_looked_for_where_training_goes_well():
    found, _ = judged({(): 1.0, (A,): 0.02, (B,): 1.0, (A, B): 0.001}, suspect(A), suspect(B))
    assert found == [A]


@pytest.mark.parametrize(("loss", "names"), [(0.1, {A, B}), (0.5, {A})])
def test_where_few_answers_are_wrong_the_loss_tells_too(loss, names):
    """Removing B on top takes 40% of the wrong answers away: of so few, that counts if most of the loss goes too."""
    likely = suspect(B)
    likely.suspicion.confidence = 0.8
    ends = {(): 1.0, (A,): 0.6, (B,): 1.0, (A, B): loss}
    errors = {(): 1.0, (A,): 0.1, (B,): 0.9, (A, B): 0.06}
    found, _ = judged(ends, suspect(A), likely, errors=errors)
    assert set(found) == names


@pytest.mark.parametrize("together, names", [(0.05, {A, B}), (0.8, set())])
def test_two_causes_that_hide_each_other(together, names):
    ends = {(): 1.0, (A,): 0.95, (B,): 1.0, (C,): 1.0, (A, C): 0.9, (B, C): 1.0, (A, B): together}
    found, _ = judged(ends | {(A, B, C): together}, suspect(A), suspect(B), suspect(C))
    assert set(found) == names


def test_what_is_certain_stays_and_is_removed_for_the_others():
    found, _ = judged({(): 1.0, (A,): 1.0, (B,): 1.0, (A, B): 0.1}, suspect(A, certain=True), suspect(B))
    assert set(found) == {A, B}


class LateProgram(Program):
    """Learns all at once in its last steps; each of them takes a second, so that an experiment makes fewer."""

    def run(self, jobs, deadline=0.0):
        self.runs += len(jobs)
        return [self.until(job.steps, self.ends[frozenset(f for f, _ in job.interventions)]) for job in jobs]

    def until(self, count, end):
        steps = [Step(i, 0, loss=end if i >= 50 else 1.0) for i in range(count)]
        return Evidence(steps=steps, step_cost=1.0)


def test_what_is_learned_late_is_seen_where_there_is_time_for_the_whole_script():
    program = LateProgram({frozenset(): 1.0, frozenset([A]): 0.1})
    for seconds, found in ((1000.0, [A]), (30.0, [])):
        laboratory = Laboratory(program, program.until(STEPS, 1.0), time.monotonic() + seconds, None)
        assert [s.file.fault.id for s in laboratory.judge([suspect(A)])] == found


def test_a_note_never_leads_a_warning():
    note = Suspect(all_faults()["train/too-short"], Suspicion(None, 0.79, [], "", severity="note"))
    note.proof = Proof("56 epochs instead of 7", "training loss", 9, [1.0], [0.3], gain=0.7)
    warning = Suspect(all_faults()["data/split-leak"], Suspicion(None, 0.95, [], "", certain=True))
    assert sorted([note, warning], key=rank, reverse=True) == [warning, note]
